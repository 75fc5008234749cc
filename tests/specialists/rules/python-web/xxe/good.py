from flask import Flask, request
from defusedxml import ElementTree
from lxml import etree

app = Flask(__name__)


@app.post("/import")
def load():
    strict = etree.XMLParser(resolve_entities=False, no_network=True)
    other = etree.fromstring(request.data, parser=strict)
    return {"root": ElementTree.fromstring(request.data).tag, "other": other.tag}
