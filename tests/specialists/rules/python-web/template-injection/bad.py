from flask import Flask, render_template_string, request

app = Flask(__name__)


@app.route("/hello")
def hello():
    page = "<h1>Hello %s</h1>" % request.args.get("name", "you")
    # ruleid: template-injection
    return render_template_string(page)
