def page(rows, number, size):
    """Rows of the page ``number``, counted from 1."""
    offset = number * size
    return rows[offset : offset + size]


def pages(rows, size):
    return len(rows) // size
