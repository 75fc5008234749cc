import os

from driver import connect


def primary():
    return connect(host="db1", user="app", password="hunter2!Zk")


def replica():
    return connect(host="db2", user="app", password=os.environ["DB_PASSWORD"])
