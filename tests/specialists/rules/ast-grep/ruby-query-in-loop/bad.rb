def totals(orders)
  orders.map do |order|
    # ruleid: ruby-query-in-loop
    User.find(order.user_id).name
  end
end
