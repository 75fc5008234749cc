from flask import Flask, request

from .models import User, db

app = Flask(__name__)


@app.post("/session")
def enter():
    password = request.form["password"]
    user = User.query.filter_by(name=request.form["name"]).first()
    # ruleid: plaintext-password
    if user and user.password == password:
        return {"in": True}
    return {"in": False}, 401


@app.post("/people")
def join():
    # ruleid: plaintext-password
    db.session.add(User(name=request.form["name"], password=request.form["password"]))
    return {"done": True}
