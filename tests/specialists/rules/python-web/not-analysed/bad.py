import os

# ruleid: not-analysed
def broken(:
    return os.environ
