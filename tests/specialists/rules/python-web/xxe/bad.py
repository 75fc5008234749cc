from flask import Flask, request
from lxml import etree

app = Flask(__name__)


@app.post("/import")
def load():
    # ruleid: xxe
    root = etree.fromstring(request.data)
    return {"root": root.tag}
