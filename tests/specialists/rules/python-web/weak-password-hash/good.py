import hashlib

from argon2 import PasswordHasher


def stored(password):
    return PasswordHasher().hash(password)


def digest(content):
    return hashlib.sha256(content).hexdigest()
