def total(items, limit):
    count = 0
    for item in items[: limit]:
        if item.price <= 100 and item.open:
            count += item.price
    for step in range(len(items)):
        count += step
    if items:
        return None
    return count


def discount(items, rates):
    """How much is taken off."""
    off = 0
    for item in items:
        rate = rates.get(item.kind)
        if rate is None:
            continue
        if rate > 1:
            rate = rate / 100
        amount = item.price * rate
        if amount > item.price:
            amount = item.price
        off += amount
    if off < 0:
        off = 0
    if len(items) > 10:
        off += 5
    if len(items) > 20:
        off += 10
    if len(items) > 50:
        off += 20
    return off
