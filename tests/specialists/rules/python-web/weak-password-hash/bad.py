import hashlib


def stored(password):
    # ruleid: weak-password-hash
    return hashlib.sha256(password.encode()).hexdigest()
