import re

from flask import request


@app.get("/grep")
def grep():
    # ruleid: python-regex-injection
    return [line for line in LINES if re.search(request.args["q"], line)]
