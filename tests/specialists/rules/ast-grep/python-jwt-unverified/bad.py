import jwt


def read(token, key):
    # ruleid: python-jwt-unverified
    first = jwt.decode(token, options={"verify_signature": False})
    # ruleid: python-jwt-unverified
    second = jwt.decode(token, key, algorithms=["HS256", "none"])
    return first, second
