import ldap
from flask import request
from ldap.filter import escape_filter_chars


@app.get("/people")
def people():
    name = escape_filter_chars(request.args["name"])
    return directory.search_s("dc=example", ldap.SCOPE_SUBTREE, f"(cn={name})")
