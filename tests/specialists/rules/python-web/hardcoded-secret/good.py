import os

from flask import Flask

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
JWT_SECRET = os.environ.get("JWT_SECRET")
API_KEY = "your-key-here"
PASSWORD_FIELD = "password"
