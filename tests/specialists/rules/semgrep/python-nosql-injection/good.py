from flask import request


@app.post("/login")
def login():
    return db.users.find_one({"name": str(request.json["name"])})
