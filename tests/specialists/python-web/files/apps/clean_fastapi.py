"""An API with its checks in dependencies: nothing to say about it."""

import os

import jwt
from fastapi import APIRouter, Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from .db import get_db
from .models import Order, User
from .security import get_current_user, require_admin

app = FastAPI()
admin = APIRouter(prefix="/admin", dependencies=[Depends(require_admin)])


class OrderIn(BaseModel):
    text: str


@app.get("/orders/{order_id}")
def order(order_id: int, db: Session = Depends(get_db), user: User = Depends(get_current_user)):
    found = db.scalar(select(Order).where(Order.id == order_id, Order.owner_id == user.id))
    if found is None:
        raise HTTPException(404)
    return found


@app.post("/orders")
def create(wanted: OrderIn, db: Session = Depends(get_db), user: User = Depends(get_current_user)):
    db.add(Order(text=wanted.text, owner_id=user.id))
    db.commit()
    return {"done": True}


@app.get("/find")
def find(q: str, db: Session = Depends(get_db), user: User = Depends(get_current_user)):
    statement = text("SELECT id FROM orders WHERE owner_id = :owner AND text LIKE :q")
    return db.execute(statement, {"owner": user.id, "q": f"%{q}%"}).all()


@admin.delete("/users/{user_id}")
def delete_user(user_id: int, db: Session = Depends(get_db)):
    db.delete(db.get(User, user_id))
    db.commit()


def claims(token: str) -> dict:
    return jwt.decode(token, os.environ["JWT_KEY"], algorithms=["HS256"])


app.include_router(admin)
