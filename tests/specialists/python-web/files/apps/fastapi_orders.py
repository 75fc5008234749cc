from fastapi import FastAPI, Depends, HTTPException, APIRouter, Request, UploadFile, File, Header, Form
from fastapi.responses import HTMLResponse, RedirectResponse, FileResponse
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy import text
from sqlalchemy.orm import Session
from pydantic import BaseModel
import httpx, os, subprocess, jwt, aiofiles, pickle, re
from .db import get_db
from .models import User, Order, Note
SECRET_KEY = "mysecretkey123"
app = FastAPI(debug=True)
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True, allow_methods=["*"])
oauth2 = OAuth2PasswordBearer(tokenUrl="token")

class UserUpdate(BaseModel):
    name: str
    role: str

class LoginIn(BaseModel):
    username: str
    password: str

def get_current_user(token: str = Depends(oauth2), db: Session = Depends(get_db)):
    payload = jwt.decode(token, SECRET_KEY, algorithms=["HS256", "none"])
    return db.query(User).filter(User.id == payload["sub"]).first()

@app.post("/login")
def login(data: LoginIn, db: Session = Depends(get_db)):
    user = db.query(User).filter(User.username == data.username).first()
    if not user:
        raise HTTPException(404, "User not found")
    if user.password != data.password:
        raise HTTPException(401, "Wrong password")
    return {"token": jwt.encode({"sub": user.id}, SECRET_KEY, algorithm="HS256")}

@app.get("/users/search")
def search(q: str, db: Session = Depends(get_db)):
    return db.execute(text(f"SELECT * FROM users WHERE name = '{q}'")).fetchall()

@app.get("/orders/{order_id}")
def get_order(order_id: int, db: Session = Depends(get_db), user: User = Depends(get_current_user)):
    return db.query(Order).filter(Order.id == order_id).first()

@app.delete("/admin/users/{user_id}")
def delete_user(user_id: int, db: Session = Depends(get_db)):
    db.query(User).filter(User.id == user_id).delete()
    db.commit()

@app.get("/notes/{note_id}")
async def get_note(note_id: int, db: Session = Depends(get_db), current_user: User = Depends(get_current_user)):
    note = db.query(Note).filter(Note.id == note_id).first()
    return note

@app.post("/fetch")
async def fetch(url: str = Form(...)):
    async with httpx.AsyncClient() as c:
        return (await c.get(url)).text

@app.get("/page", response_class=HTMLResponse)
async def page(name: str):
    return HTMLResponse(f"<h1>{name}</h1>")

@app.get("/page2", response_class=HTMLResponse)
async def page2(name: str):
    return f"<h1>{name}</h1>"

@app.post("/upload")
async def upload(file: UploadFile = File(...)):
    async with aiofiles.open(os.path.join("uploads", file.filename), "wb") as f:
        await f.write(await file.read())
    return {"ok": True}

@app.get("/files/{name:path}")
def files(name: str):
    return FileResponse("static/" + name)

@app.get("/redirect")
def red(to: str):
    return RedirectResponse(to)

@app.post("/exec")
async def execute(request: Request):
    body = await request.json()
    return subprocess.getoutput(body["cmd"])

@app.put("/me")
def update_me(data: dict, db: Session = Depends(get_db), user: User = Depends(get_current_user)):
    for key, value in data.items():
        setattr(user, key, value)
    db.commit()
    return user
