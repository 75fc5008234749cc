names = {"a": 1}


def newer(word):
    return f"{names["a"]} {'\n'.join([word])}"
