import hashlib
import hmac


def is_ours(body, sent, key):
    return hmac.compare_digest(hmac.new(key, body, hashlib.sha256).hexdigest(), sent)


def is_bearer(request):
    return request.headers["Authorization"] == "Bearer"
