import ldap
from flask import Flask, request
from ldap.filter import escape_filter_chars

app = Flask(__name__)


@app.get("/people")
def people():
    connection = ldap.initialize("ldap://directory")
    wanted = escape_filter_chars(request.args["uid"])
    found = connection.search_s("dc=example", ldap.SCOPE_SUBTREE, "(uid=" + wanted + ")")
    return {"found": len(found)}
