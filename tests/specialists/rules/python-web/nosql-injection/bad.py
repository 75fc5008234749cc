from flask import Flask, request

app = Flask(__name__)


@app.post("/session")
def session():
    sent = request.get_json()
    # ruleid: nosql-injection
    user = db.users.find_one({"name": sent["name"], "code": sent["code"]})
    return {"found": user is not None}
