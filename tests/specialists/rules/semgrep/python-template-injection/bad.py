from flask import render_template_string, request
from jinja2 import Template


@app.get("/preview")
def preview():
    body = request.form["body"]
    # ruleid: python-template-injection
    return render_template_string("<div>" + body + "</div>")


@app.get("/card")
def card(text: str):
    # ruleid: python-template-injection
    return Template(text).render()
