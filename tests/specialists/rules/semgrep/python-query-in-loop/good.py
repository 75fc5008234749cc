def totals(order_ids):
    total = 0
    for order in Order.objects.filter(pk__in=order_ids).select_related("customer"):
        total += order.price
    first = Order.objects.get(pk=1)
    return total, first
