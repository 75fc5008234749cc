"""The same kind of application, written with care: nothing to say about it."""

import os
import secrets
import subprocess

import requests
from flask import Flask, abort, redirect, render_template, request, send_from_directory, url_for
from flask_limiter import Limiter
from flask_login import current_user, login_required, login_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.utils import secure_filename

from .models import Note, User, db

app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
app.config["SESSION_COOKIE_SECURE"] = True
CSRFProtect(app)
limiter = Limiter(app=app)
ENDINGS = {".png", ".txt"}
FEEDS = {"news": "https://news.example.com/feed"}


@app.post("/login")
@limiter.limit("5/minute")
def login():
    user = User.query.filter_by(name=request.form["name"]).first()
    if user is None or not check_password_hash(user.password_hash, request.form["password"]):
        return render_template("login.html", error="Invalid name or password"), 401
    login_user(user)
    return redirect(url_for("notes"))


@app.post("/register")
@limiter.limit("5/minute")
def register():
    hashed = generate_password_hash(request.form["password"])
    db.session.add(User(name=request.form["name"], password_hash=hashed))
    db.session.commit()
    return redirect(url_for("notes"))


@app.get("/notes")
@login_required
def notes():
    found = Note.query.filter(Note.owner_id == current_user.id, Note.text.contains(request.args.get("q", "")))
    return render_template("notes.html", notes=found)


@app.get("/notes/<int:note_id>")
@login_required
def note(note_id):
    found = Note.query.filter_by(id=note_id, owner_id=current_user.id).first_or_404()
    return render_template("note.html", note=found)


@app.post("/notes/<int:note_id>/delete")
@login_required
def delete(note_id):
    found = Note.query.get_or_404(note_id)
    if found.owner_id != current_user.id:
        abort(403)
    db.session.delete(found)
    db.session.commit()
    return redirect(url_for("notes"))


@app.get("/admin/users")
@login_required
def admin_users():
    if not current_user.is_admin:
        abort(403)
    return render_template("users.html", users=User.query.all())


@app.post("/files")
@login_required
def upload():
    sent = request.files["file"]
    name = secure_filename(sent.filename)
    if os.path.splitext(name)[1] not in ENDINGS:
        abort(400)
    sent.save(os.path.join(app.instance_path, name))
    return {"name": name}


@app.get("/files/<name>")
@login_required
def download(name):
    return send_from_directory(app.instance_path, name)


@app.get("/feed/<name>")
@login_required
def feed(name):
    if name not in FEEDS:
        abort(404)
    return {"size": len(requests.get(FEEDS[name], timeout=5).content)}


@app.post("/thumbnail")
@login_required
def thumbnail():
    name = secure_filename(request.form["name"])
    subprocess.run(["convert", name, "-resize", "64x64", f"{name}.thumb"], check=True)
    return {"token": secrets.token_urlsafe()}


@app.errorhandler(500)
def failed(error):
    app.logger.error("failed: %r", error)
    return {"error": "internal"}, 500


if __name__ == "__main__":
    app.run()
