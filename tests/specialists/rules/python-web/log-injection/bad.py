import logging

from flask import Flask, request

app = Flask(__name__)
logger = logging.getLogger(__name__)


@app.get("/visit")
def visit():
    # ruleid: log-injection
    logger.info(f"visit of {request.args['name']}")
    return {"done": True}
