def login(response, session):
    # ruleid: python-insecure-cookie
    response.set_cookie("session", session, secure=False, httponly=True)


# ruleid: python-insecure-cookie
SESSION_COOKIE_HTTPONLY = False
