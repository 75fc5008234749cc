from flask import Flask, request
from flask_limiter import Limiter
from werkzeug.security import check_password_hash, generate_password_hash

from .models import User, db

app = Flask(__name__)
limiter = Limiter(app=app)


@app.post("/session")
def enter():
    user = User.query.filter_by(name=request.form["name"]).first()
    if user and check_password_hash(user.password, request.form["password"]):
        return {"in": True}
    return {"in": False}, 401


@app.post("/people")
def join():
    password = request.form["password"]
    if password != request.form["confirm_password"]:
        return {"error": "not the same"}, 400
    db.session.add(User(name=request.form["name"], password=generate_password_hash(password)))
    return {"done": True}
