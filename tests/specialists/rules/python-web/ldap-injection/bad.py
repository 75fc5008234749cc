import ldap
from flask import Flask, request

app = Flask(__name__)


@app.get("/people")
def people():
    connection = ldap.initialize("ldap://directory")
    wanted = "(uid=" + request.args["uid"] + ")"
    # ruleid: ldap-injection
    found = connection.search_s("dc=example", ldap.SCOPE_SUBTREE, wanted)
    return {"found": len(found)}
