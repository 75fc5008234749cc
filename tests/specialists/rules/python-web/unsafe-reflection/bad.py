from flask import Flask, request

import actions

app = Flask(__name__)


@app.post("/act")
def act():
    # ruleid: unsafe-reflection
    return {"done": getattr(actions, request.form["name"])()}
