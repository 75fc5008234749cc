"""The database: SQLite, one connection a request."""

from __future__ import annotations

import sqlite3

PATH = "shop.sqlite"


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(PATH)
    connection.row_factory = sqlite3.Row
    return connection


def products(limit: int) -> list[dict[str, object]]:
    with connect() as connection:
        rows = connection.execute("SELECT sku, name, price FROM products LIMIT ?", (limit,))
        return [dict(row) for row in rows]


def prices() -> dict[str, int]:
    with connect() as connection:
        rows = connection.execute("SELECT sku, price FROM products")
        return {row["sku"]: row["price"] for row in rows}
