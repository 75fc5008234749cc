from flask import Flask, make_response, request
from markupsafe import Markup

app = Flask(__name__)


@app.route("/search")
def search():
    word = request.args.get("q", "")
    # ruleid: xss
    return f"<p>Nothing found for {word}</p>"


@app.route("/badge")
def badge():
    # ruleid: xss
    label = Markup("<b>%s</b>" % request.args["label"])
    return {"label": label}


@app.route("/plain/<name>")
def plain(name):
    # ruleid: xss
    return make_response("Hello " + name)
