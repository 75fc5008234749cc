import sqlite3


def find_orders(customer):
    connection = sqlite3.connect("shop.db")
    return connection.execute("SELECT * FROM orders WHERE customer = '%s'" % customer).fetchall()
