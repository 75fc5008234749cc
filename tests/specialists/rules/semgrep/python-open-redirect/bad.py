from django.http import HttpResponseRedirect
from flask import redirect, request


@app.get("/login")
def login():
    target = request.args.get("next", "/")
    # ruleid: python-open-redirect
    return redirect(target)


def logout(request):
    # ruleid: python-open-redirect
    return HttpResponseRedirect(request.GET["next"])
