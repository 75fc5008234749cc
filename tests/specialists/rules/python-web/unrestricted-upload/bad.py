import os

from flask import Flask, request
from werkzeug.utils import secure_filename

app = Flask(__name__)


@app.post("/photos")
def photos():
    sent = request.files["photo"]
    # ruleid: unrestricted-upload
    sent.save(os.path.join("photos", secure_filename(sent.filename)))
    return {"done": True}
