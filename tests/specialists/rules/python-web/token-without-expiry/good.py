import time

import jwt


def issue(user, key):
    return jwt.encode({"sub": user.id, "exp": time.time() + 600}, key, algorithm="HS256")
