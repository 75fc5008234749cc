import hashlib


def store(user, password, salt):
    # ruleid: python-weak-password-hash
    user.digest = hashlib.sha256(password.encode()).hexdigest()
    # ruleid: python-weak-password-hash
    user.old = hashlib.md5((salt + password).encode()).hexdigest()
