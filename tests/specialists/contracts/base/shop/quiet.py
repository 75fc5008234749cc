from elsewhere import connect, fetch

try:
    from shop.pool import close
except ImportError:
    close = None


def serve(args):
    connect("db")
    return fetch(*args)
