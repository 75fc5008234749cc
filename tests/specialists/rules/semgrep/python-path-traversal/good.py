import os

from flask import request, send_file, send_from_directory
from werkzeug.utils import secure_filename


@app.get("/download")
def download():
    name = secure_filename(request.args["name"])
    return send_file(os.path.join("/srv/files", name))


@app.get("/files/<name>")
def file(name):
    return send_from_directory("/srv/files", name)


@app.get("/page/<int:number>")
def page(number: int):
    with open(f"pages/{number}.html") as file:
        return file.read()


@app.get("/within/<name>")
def within(name):
    path = (ROOT / request.args["name"]).resolve()
    if not path.is_relative_to(ROOT):
        abort(404)
    return send_file(path)
