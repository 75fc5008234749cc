def total(items, limit):
    count = 0
    for item in items[: limit - 1]:
        if item.price < 100 and item.open:
            count += item.price
    for step in range(len(items)):
        count += step
    if not items:
        return None
    return count
