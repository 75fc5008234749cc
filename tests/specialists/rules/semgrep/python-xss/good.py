from flask import Flask, jsonify, render_template, request
from markupsafe import Markup, escape

app = Flask(__name__)


@app.route("/hello")
def hello():
    name = request.args.get("name")
    return f"<h1>Hello {escape(name)}</h1>"


@app.route("/hi")
def hi():
    return render_template("hi.html", name=request.args["name"])


@app.route("/json")
def data():
    return jsonify(name=request.args["name"])


@app.route("/count")
def count():
    return f"<b>{int(request.args['n'])}</b>"


def icon():
    return Markup("<i class='icon'></i>")
