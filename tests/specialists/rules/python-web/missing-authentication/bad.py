from flask import Blueprint, request
from flask_login import login_required

from .models import Invoice, db

bp = Blueprint("invoices", __name__)


@bp.get("/invoices")
@login_required
def invoices():
    return {"invoices": Invoice.query.count()}


@bp.post("/invoices")
@login_required
def create():
    db.session.add(Invoice(text=request.form["text"]))
    db.session.commit()
    return {"done": True}


@bp.post("/invoices/<int:number>/delete")
# ruleid: missing-authentication
def delete(number):
    db.session.delete(db.session.get(Invoice, number))
    db.session.commit()
    return {"done": True}
