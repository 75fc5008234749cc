from flask import Flask, request
from flask_limiter import Limiter

from .people import find, fits

app = Flask(__name__)


@app.post("/login")
def login():
    user = find(request.form["name"])
    if user is None:
        # ruleid: user-enumeration
        return {"error": "User not found"}, 404
    if not fits(user, request.form["password"]):
        return {"error": "Wrong password"}, 401
    return {"in": True}
