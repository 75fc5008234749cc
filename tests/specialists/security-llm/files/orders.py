from flask import Blueprint, jsonify
from shop.auth import current_user, login_required
from shop.models import Order

orders = Blueprint("orders", __name__)


@orders.get("/orders/<int:order_id>")
@login_required
def show(order_id):
    order = Order.query.get_or_404(order_id)
    return jsonify(order.to_dict())


@orders.delete("/orders/<int:order_id>")
def remove(order_id):
    Order.query.filter_by(id=order_id, user_id=current_user().id).delete()
    return "", 204
