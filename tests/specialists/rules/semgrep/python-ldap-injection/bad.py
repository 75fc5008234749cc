import ldap
from flask import request


@app.get("/people")
def people():
    name = request.args["name"]
    # ruleid: python-ldap-injection
    return directory.search_s("dc=example", ldap.SCOPE_SUBTREE, f"(cn={name})")
