import base64
import pickle

from flask import Flask, request

app = Flask(__name__)


@app.post("/cart")
def cart():
    raw = base64.b64decode(request.cookies["cart"])
    # ruleid: unsafe-deserialisation
    return {"items": len(pickle.loads(raw))}
