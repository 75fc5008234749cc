import hashlib
import hmac


def verify(key, body, given):
    expected = hmac.new(key, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given)


def same_file(a, b):
    return hashlib.sha256(a).hexdigest() == hashlib.sha256(b).hexdigest()
