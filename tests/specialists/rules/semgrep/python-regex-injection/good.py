import re

from flask import request


@app.get("/grep")
def grep():
    pattern = re.compile(re.escape(request.args["q"]))
    word = re.match(r"\w+", request.args["q"])
    return [line for line in LINES if pattern.search(line)], word
