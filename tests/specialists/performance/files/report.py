def totals(session, customers):
    rows = []
    for customer in customers:
        orders = session.query(Order).filter_by(customer_id=customer.id).all()
        rows.append((customer.name, sum(order.total for order in orders)))
    return rows
