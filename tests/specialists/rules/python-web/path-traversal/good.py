import os

from flask import Flask, request, send_file, send_from_directory
from werkzeug.utils import secure_filename

app = Flask(__name__)
FOLDER = "/srv/files"


@app.get("/files/<path:name>")
def download(name):
    return send_from_directory(FOLDER, name)


@app.get("/checked/<path:name>")
def checked(name):
    path = os.path.realpath(os.path.join(FOLDER, name))
    if not path.startswith(FOLDER + os.sep):
        return {"error": "not here"}, 404
    return send_file(path)


@app.post("/files")
def upload():
    sent = request.files["file"]
    if not sent.filename.endswith(".txt"):
        return {"error": "text only"}, 400
    name = secure_filename(sent.filename)
    sent.save(os.path.join(FOLDER, name))
    return {"name": name}
