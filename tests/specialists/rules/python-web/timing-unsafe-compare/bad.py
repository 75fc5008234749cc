import hashlib
import hmac


def is_ours(body, sent, key):
    # ruleid: timing-unsafe-compare
    return hmac.new(key, body, hashlib.sha256).hexdigest() == sent


def enter(request, api_key):
    # ruleid: timing-unsafe-compare
    return request.headers["X-Api-Key"] == api_key
