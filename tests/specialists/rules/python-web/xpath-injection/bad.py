from flask import Flask, request
from lxml import etree

app = Flask(__name__)
TREE = etree.parse("people.xml")


@app.get("/person")
def person():
    # ruleid: xpath-injection
    found = TREE.xpath("//person[@id='" + request.args["id"] + "']")
    return {"found": len(found)}
