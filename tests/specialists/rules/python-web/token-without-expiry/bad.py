import jwt


def issue(user, key):
    # ruleid: token-without-expiry
    return jwt.encode({"sub": user.id}, key, algorithm="HS256")
