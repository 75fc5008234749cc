import hashlib


def signature(document):
    return hashlib.sha256(document).hexdigest()


def etag(body):
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
