from django.http import HttpResponse
from django.utils.safestring import mark_safe
from flask import Flask, request
from markupsafe import Markup

app = Flask(__name__)


@app.route("/hello")
def hello():
    name = request.args.get("name")
    # ruleid: python-xss
    return f"<h1>Hello {name}</h1>"


@app.route("/badge")
def badge():
    # ruleid: python-xss
    return render(Markup("<b>" + request.args["text"] + "</b>"))


def page(request):
    # ruleid: python-xss
    return HttpResponse("<p>" + request.GET["q"] + "</p>")


def title(request):
    # ruleid: python-xss
    return mark_safe(request.POST["title"])
