from flask import render_template_string

PAGE = "<h1>{{ name }}</h1>"


def page(name):
    return render_template_string(PAGE, name=name) + render_template_string("<p>" "x" "</p>")
