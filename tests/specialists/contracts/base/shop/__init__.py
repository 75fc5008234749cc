from .pool import Pool, connect
