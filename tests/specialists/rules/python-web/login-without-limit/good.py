from flask import Flask, request
from flask_limiter import Limiter

from .people import check

app = Flask(__name__)
limiter = Limiter(app=app)


@app.post("/login")
@limiter.limit("5/minute")
def login():
    return {"in": check(request.form["name"], request.form["password"])}
