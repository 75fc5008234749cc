import sqlite3

from flask import Flask, request

app = Flask(__name__)
TABLE = "users"
SORTS = {"name": "name", "age": "age DESC"}


def find_user(name):
    connection = sqlite3.connect("shop.db")
    return connection.execute(f"SELECT * FROM {TABLE} WHERE name = ?", (name,)).fetchone()


@app.get("/users")
def users():
    return {"user": find_user(request.args["name"])}


@app.get("/sorted")
def in_order():
    order = SORTS[request.args["order"]]
    limit = int(request.args["limit"])
    return {"rows": sqlite3.connect("shop.db").execute(f"SELECT * FROM users ORDER BY {order} LIMIT {limit}").fetchall()}


@app.get("/column")
def column():
    name = request.args["column"]
    if name not in ("name", "age"):
        return {"error": "no such column"}, 400
    return {"rows": sqlite3.connect("shop.db").execute(f"SELECT {name} FROM users").fetchall()}


def clear(connection, table):
    connection.execute(f"DELETE FROM {table}")
