from flask import Flask, jsonify
from flask_login import current_user

app = Flask(__name__)


@app.get("/me")
def me():
    # ruleid: sensitive-response
    return jsonify({"name": current_user.name, "password": current_user.password})
