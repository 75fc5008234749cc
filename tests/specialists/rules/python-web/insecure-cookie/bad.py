from flask import Flask, make_response

app = Flask(__name__)
# ruleid: insecure-cookie
app.config["SESSION_COOKIE_HTTPONLY"] = False


@app.get("/in")
def enter():
    answer = make_response("in")
    # ruleid: insecure-cookie
    answer.set_cookie("session_token", "abc")
    return answer
