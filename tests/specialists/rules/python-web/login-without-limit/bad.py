from flask import Flask, request

from .people import check

app = Flask(__name__)


@app.post("/login")
# ruleid: login-without-limit
def login():
    return {"in": check(request.form["name"], request.form["password"])}
