from flask import Flask, jsonify
from flask_login import current_user

app = Flask(__name__)


@app.get("/me")
def me():
    return jsonify({"name": current_user.name, "has_password": bool(current_user.password)})
