from flask import Flask, request

app = Flask(__name__)


@app.post("/session")
def session():
    sent = request.get_json()
    user = db.users.find_one({"name": str(sent["name"])})
    other = db.users.find_one({"name": request.form["name"]})
    return {"found": user is not None, "other": other is not None}
