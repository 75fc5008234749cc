import logging

from flask import Flask, request

app = Flask(__name__)
logger = logging.getLogger(__name__)


@app.get("/visit")
def visit():
    logger.info("visit of %r", request.args["name"])
    return {"done": True}
