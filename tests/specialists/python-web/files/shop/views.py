import subprocess

from flask import Blueprint, redirect, request
from flask_login import login_required

from .db import find_orders
from .models import Order, db

bp = Blueprint("orders", __name__)


@bp.get("/orders")
@login_required
def orders():
    return {"orders": find_orders(request.args["customer"])}


@bp.get("/orders/<int:number>")
@login_required
def order(number):
    return {"total": Order.query.get_or_404(number).total}


@bp.post("/orders/<int:number>/delete")
def delete(number):
    db.session.delete(db.session.get(Order, number))
    db.session.commit()
    return redirect(request.form["next"])


@bp.post("/labels")
@login_required
def label():
    subprocess.run("lpr -P " + request.form["printer"], shell=True)
    return {"done": True}
