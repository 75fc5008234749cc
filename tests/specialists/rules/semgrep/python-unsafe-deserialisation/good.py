import json
import pickle

import yaml
from flask import request


@app.post("/cart")
def cart():
    return json.loads(request.cookies["cart"])


@app.post("/import")
def load():
    yaml.safe_load(request.data)
    return yaml.load(request.data, Loader=yaml.SafeLoader)


def cached(path):
    with open(path, "rb") as file:
        return pickle.load(file)
