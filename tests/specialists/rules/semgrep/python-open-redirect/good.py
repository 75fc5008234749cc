from urllib.parse import urlsplit

from django.http import HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from flask import redirect, request, url_for


@app.get("/login")
def login():
    return redirect(url_for("user", name=request.args["name"]))


@app.get("/old")
def old():
    return redirect("/new")


def logout(request):
    target = request.GET["next"]
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={"example.com"}):
        target = "/"
    return HttpResponseRedirect(target)


@app.get("/back")
def back():
    target = request.args.get("next", "")
    if urlsplit(target).netloc or not target.startswith("/"):
        target = "/"
    return redirect(target)
