import ast

from flask import request


@app.post("/calc")
def calc():
    return str(ast.literal_eval(request.json["value"]))


def internal(source):
    exec(compile(source, "<plugin>", "exec"))
