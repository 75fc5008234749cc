from flask import Flask
from flask_login import current_user, login_required

from .models import db

app = Flask(__name__)


@app.post("/account/delete")
@login_required
def delete_account():
    db.session.delete(current_user)
    db.session.commit()
    return {"done": True}
