from flask import Flask, request
from lxml import etree

app = Flask(__name__)
TREE = etree.parse("people.xml")


@app.get("/person")
def person():
    found = TREE.xpath("//person[@id=$id]", id=request.args["id"])
    return {"found": len(found)}
