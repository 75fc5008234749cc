def totals(orders)
  names = User.where(id: orders.map(&:user_id)).pluck(:id, :name).to_h
  orders.map { |order| names[order.user_id] }
end
