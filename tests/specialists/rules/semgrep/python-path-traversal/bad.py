import os
from pathlib import Path

from flask import request, send_file


@app.get("/download")
def download():
    name = request.args["name"]
    # ruleid: python-path-traversal
    return send_file(os.path.join("/srv/files", name))


@app.get("/notes/<name>")
def note(name):
    # ruleid: python-path-traversal
    with open(f"notes/{name}") as file:
        return file.read()


def view(request):
    # ruleid: python-path-traversal
    return Path(request.GET["p"]).read_text()
