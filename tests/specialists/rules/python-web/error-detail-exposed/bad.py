import traceback

from flask import Flask

from .work import run

app = Flask(__name__)


@app.get("/run")
def start():
    try:
        return {"result": run()}
    except Exception as error:
        # ruleid: error-detail-exposed
        return {"error": str(error), "place": traceback.format_exc()}, 500
