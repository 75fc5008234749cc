from flask import request


@app.post("/calc")
def calc():
    expression = request.json["expression"]
    # ruleid: python-code-injection
    return str(eval(expression))


@app.post("/run/<name>")
def run(name):
    # ruleid: python-code-injection
    return __import__(name).main()
