import jwt


def who(token):
    # ruleid: jwt-unverified
    return jwt.decode(token, options={"verify_signature": False})
