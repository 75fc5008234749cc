import os

from flask import Flask, request, send_file

app = Flask(__name__)
FOLDER = "/srv/files"


@app.get("/files/<path:name>")
def download(name):
    # ruleid: path-traversal
    return send_file(os.path.join(FOLDER, name))


@app.post("/files")
def upload():
    sent = request.files["file"]
    if not sent.filename.endswith(".txt"):
        return {"error": "text only"}, 400
    # ruleid: path-traversal
    sent.save(os.path.join(FOLDER, sent.filename))
    return {"name": sent.filename}
