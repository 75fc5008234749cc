def login(response, session):
    response.set_cookie("session", session, secure=True, httponly=True, samesite="Lax")
    response.set_cookie("theme", "dark")


SESSION_COOKIE_HTTPONLY = True
