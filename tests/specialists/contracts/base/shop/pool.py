"""Connections."""

DEFAULT = 5


def connect(host, port, timeout=5):
    return (host, port, timeout)


def fetch(url, retries=2):
    return (url, retries)


def close(pool):
    pool.shut()


def helper(value):
    return value


class Pool:
    def __init__(self, size):
        self.size = size

    def take_one(self, wait):
        return (self.size, wait)
