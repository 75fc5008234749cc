from .pool import connect

connect("db", 1, True)
