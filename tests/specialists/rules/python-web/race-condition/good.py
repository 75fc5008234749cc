from flask import Flask, request
from flask_login import current_user, login_required

from .models import Account, db

app = Flask(__name__)


@app.post("/withdraw")
@login_required
def withdraw():
    amount = int(request.form["amount"])
    account = Account.query.filter_by(owner=current_user).with_for_update().one()
    if amount <= 0 or account.balance < amount:
        return {"error": "not enough"}, 400
    account.balance -= amount
    db.session.commit()
    return {"left": account.balance}
