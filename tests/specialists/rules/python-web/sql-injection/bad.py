import sqlite3

from flask import Flask, request

app = Flask(__name__)


def find_user(name):
    connection = sqlite3.connect("shop.db")
    # ruleid: sql-injection
    return connection.execute(f"SELECT * FROM users WHERE name = '{name}'").fetchone()


@app.get("/users")
def users():
    return {"user": find_user(request.args["name"])}


@app.get("/orders")
def orders():
    query = "SELECT * FROM orders"
    if status := request.args.get("status"):
        query += " WHERE status = '%s'" % status
    # ruleid: sql-injection
    return {"orders": sqlite3.connect("shop.db").execute(query).fetchall()}


class Reports:
    def by_customer(self, cursor, customer):
        # ruleid: sql-injection
        cursor.execute("SELECT * FROM reports WHERE customer = '" + customer + "'")
