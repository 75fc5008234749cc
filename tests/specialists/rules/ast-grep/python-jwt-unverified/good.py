import jwt


def read(token, key):
    header = jwt.get_unverified_header(token)
    return jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False}), header
