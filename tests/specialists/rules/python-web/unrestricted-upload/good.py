import os

from flask import Flask, request
from werkzeug.utils import secure_filename

app = Flask(__name__)


@app.post("/photos")
def photos():
    sent = request.files["photo"]
    name = secure_filename(sent.filename)
    if os.path.splitext(name)[1] not in {".png", ".jpg"}:
        return {"error": "no picture"}, 400
    sent.save(os.path.join("photos", name))
    return {"done": True}
