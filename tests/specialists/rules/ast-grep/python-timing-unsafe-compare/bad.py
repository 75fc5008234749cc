import hashlib
import hmac


def verify(key, body, given):
    # ruleid: python-timing-unsafe-compare
    return hmac.new(key, body, hashlib.sha256).hexdigest() == given
