from flask import Flask, request

app = Flask(__name__)


@app.get("/greet")
def greet():
    return {"text": "Hello {name}".format(name=request.args["name"])}
