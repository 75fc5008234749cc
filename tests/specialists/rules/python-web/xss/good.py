from flask import Flask, jsonify, render_template, request
from markupsafe import Markup, escape

app = Flask(__name__)


@app.route("/search")
def search():
    word = request.args.get("q", "")
    return f"<p>Nothing found for {escape(word)}</p>"


@app.route("/page")
def page():
    return render_template("page.html", word=request.args.get("q"))


@app.route("/api")
def api():
    return jsonify(word=request.args.get("q"))


@app.route("/number/<int:number>")
def number(number):
    return f"<p>Number {number}</p>"
