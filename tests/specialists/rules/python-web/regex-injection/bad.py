import re

from flask import Flask, request

app = Flask(__name__)


@app.get("/grep")
def grep():
    # ruleid: regex-injection
    return {"found": bool(re.search(request.args["pattern"], "text"))}
