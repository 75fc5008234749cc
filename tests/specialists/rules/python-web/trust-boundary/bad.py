import flask
from flask import Flask, request

app = Flask(__name__)


@app.post("/prefer")
def prefer():
    # ruleid: trust-boundary
    flask.session[request.form["key"]] = "on"
    return {"done": True}
