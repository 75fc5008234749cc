import logging

from flask import Flask

from .work import NoSuchWork, run

app = Flask(__name__)


@app.get("/run")
def start():
    try:
        return {"result": run()}
    except NoSuchWork as error:
        return {"error": str(error)}, 404
    except Exception:
        logging.exception("run")
        return {"error": "internal"}, 500
