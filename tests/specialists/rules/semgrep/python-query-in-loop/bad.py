def totals(order_ids):
    total = 0
    for order_id in order_ids:
        # ruleid: python-query-in-loop
        order = Order.objects.get(pk=order_id)
        total += order.price
    return total
