from flask import Flask, request

import actions

app = Flask(__name__)
KNOWN = {"start": actions.start, "stop": actions.stop}


@app.post("/act")
def act():
    return {"done": KNOWN[request.form["name"]]()}
