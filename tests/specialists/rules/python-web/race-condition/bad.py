from flask import Flask, request
from flask_login import current_user, login_required

from .models import db

app = Flask(__name__)


@app.post("/withdraw")
@login_required
def withdraw():
    amount = int(request.form["amount"])
    if amount <= 0 or current_user.balance < amount:
        return {"error": "not enough"}, 400
    # ruleid: race-condition
    current_user.balance -= amount
    db.session.commit()
    return {"left": current_user.balance}
