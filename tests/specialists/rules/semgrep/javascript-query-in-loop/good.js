async function totals(ids) {
  const orders = await Order.find({ _id: { $in: ids } });
  const first = await Order.findById(ids[0]);
  return orders.reduce((sum, order) => sum + order.price, first.price);
}
