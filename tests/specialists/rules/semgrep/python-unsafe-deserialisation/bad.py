import pickle

import yaml
from flask import request


@app.post("/cart")
def cart():
    # ruleid: python-unsafe-deserialisation
    return pickle.loads(request.cookies["cart"].encode())


@app.post("/import")
def load():
    # ruleid: python-unsafe-deserialisation
    return yaml.load(request.data, Loader=yaml.Loader)
