import hashlib


def signature(document):
    # ruleid: weak-hash
    return hashlib.md5(document).hexdigest()
