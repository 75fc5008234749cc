from flask import request


@app.post("/login")
def login():
    # ruleid: python-nosql-injection
    return db.users.find_one({"name": request.json["name"], "password": request.json["password"]})
