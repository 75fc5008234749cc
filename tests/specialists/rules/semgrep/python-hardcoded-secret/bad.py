import jwt
from flask import Flask

app = Flask(__name__)
# ruleid: python-hardcoded-secret
app.secret_key = "correct horse battery"
# ruleid: python-hardcoded-secret
app.config["SECRET_KEY"] = "do-not-tell"


def issue(claims):
    # ruleid: python-hardcoded-secret
    return jwt.encode(claims, "hunter2hunter2", algorithm="HS256")
