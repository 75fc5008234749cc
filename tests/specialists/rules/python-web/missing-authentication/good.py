from flask import Blueprint, abort, request
from flask_login import current_user, login_required

from .models import Invoice, db

bp = Blueprint("invoices", __name__)


@bp.get("/invoices")
@login_required
def invoices():
    return {"invoices": Invoice.query.count()}


@bp.post("/invoices/<int:number>/delete")
def delete(number):
    invoice = db.session.get(Invoice, number)
    if invoice.owner_id != current_user.id:
        abort(403)
    db.session.delete(invoice)
    db.session.commit()
    return {"done": True}


@bp.post("/login")
def login():
    return {"name": request.form["name"]}


@bp.get("/health")
def health():
    return {"up": True}
