from flask import Flask, make_response

app = Flask(__name__)
app.config["SESSION_COOKIE_HTTPONLY"] = True


@app.get("/in")
def enter():
    answer = make_response("in")
    answer.set_cookie("session_token", "abc", secure=True, httponly=True, samesite="Lax")
    answer.set_cookie("theme", "dark")
    return answer
