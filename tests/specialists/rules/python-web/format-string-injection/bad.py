from flask import Flask, request

app = Flask(__name__)


@app.get("/greet")
def greet():
    # ruleid: format-string-injection
    return {"text": request.args["template"].format(app=app)}
