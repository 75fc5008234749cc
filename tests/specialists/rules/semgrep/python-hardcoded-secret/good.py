import os

import jwt
from flask import Flask

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
SECRET_KEY = ""


def issue(claims):
    return jwt.encode(claims, os.environ["JWT_KEY"], algorithm="HS256")
