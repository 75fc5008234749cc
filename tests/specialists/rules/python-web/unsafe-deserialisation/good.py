import json
import pickle

import yaml
from flask import Flask, request

app = Flask(__name__)


@app.post("/cart")
def cart():
    settings = yaml.load(request.get_data(), Loader=yaml.SafeLoader)
    with open("cache.pickle", "rb") as file:
        cached = pickle.load(file)
    return {"items": len(json.loads(request.cookies["cart"])), "more": len(settings), "c": len(cached)}
