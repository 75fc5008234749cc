from flask import Flask, request
from flask_limiter import Limiter

from .people import find, fits

app = Flask(__name__)


@app.post("/login")
def login():
    user = find(request.form["name"])
    if user is None or not fits(user, request.form["password"]):
        return {"error": "Invalid username or password"}, 401
    return {"in": True}
