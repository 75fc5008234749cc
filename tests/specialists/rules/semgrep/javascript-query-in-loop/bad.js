async function totals(ids) {
  let total = 0;
  for (const id of ids) {
    // ruleid: javascript-query-in-loop
    const order = await Order.findById(id);
    total += order.price;
  }
  return total;
}
