from flask import Flask, request

app = Flask(__name__)


@app.get("/users")
def users():
    name = request.args["name"]
    return db.execute(f"SELECT * FROM users WHERE name = '{name}'").fetchall()  # nosemgrep
