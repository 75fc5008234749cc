import re

from flask import Flask, request

app = Flask(__name__)


@app.get("/grep")
def grep():
    return {"found": bool(re.search(re.escape(request.args["word"]), "text"))}
