from flask import render_template_string


def page(name, source):
    # ruleid: python-template-injection
    first = render_template_string(f"<h1>{name}</h1>")
    # ruleid: python-template-injection
    return first + render_template_string("<p>" + source + "</p>")
