"""Products and the cart, as JSON."""

from __future__ import annotations

from flask import Flask, jsonify, request

from shop import cart, db

app = Flask(__name__)


@app.get("/products")
def products():
    limit = min(int(request.args.get("limit", 20)), 100)
    return jsonify(db.products(limit))


@app.post("/cart")
def add_to_cart():
    item = request.get_json()
    lines = cart.add([], str(item["sku"]), int(item["count"]))
    return jsonify({"total": cart.total(lines, db.prices())})
