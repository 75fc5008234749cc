from shop import connect
from shop.pool import DEFAULT, Pool, close, fetch, helper


def serve():
    pool = Pool(DEFAULT)
    connect("db", 5432)
    connect("db", 5432, timeout=1)
    page = fetch("https://example.org").text
    helper(1)
    pool.take_one(3)
    close(pool)
    return page
