router.get("/", async (req: Request, res: Response) => {
  const orders = await listOrders();
  const items = await pool.query("SELECT id FROM items WHERE order_id = ANY($1)", [ids(orders)]);
  for (const order of orders) {
    order.items = items.rows.filter((item) => item.orderId === order.id);
  }
  res.json(orders);
});
