"""Connections."""


def connect(host, port, tls, timeout=5):
    return (host, port, tls, timeout)


async def fetch(url, retries=2, *, proxy=None):
    return (url, retries, proxy)


def helper(value, extra=None):
    return (value, extra)


class Pool:
    def __init__(self, size, name):
        self.size = size
        self.name = name

    def take_one(self, *, wait):
        return (self.size, wait)
