import flask
from flask import Flask, request

app = Flask(__name__)


@app.post("/prefer")
def prefer():
    flask.session["theme"] = request.form["theme"]
    return {"done": True}
