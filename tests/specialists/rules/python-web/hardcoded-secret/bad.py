import os

from flask import Flask

app = Flask(__name__)
# ruleid: hardcoded-secret
app.config["SECRET_KEY"] = "k3v9-a-key-in-the-source"
# ruleid: hardcoded-secret
JWT_SECRET = os.environ.get("JWT_SECRET", "fallback-for-everybody")


def is_admin(password):
    # ruleid: hardcoded-secret
    return password == "letmein-42"
