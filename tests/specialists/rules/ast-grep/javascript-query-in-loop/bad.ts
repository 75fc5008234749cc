router.get("/", async (req: Request, res: Response) => {
  const orders = [];
  for (const order of await listOrders()) {
    // ruleid: javascript-query-in-loop
    const items = await pool.query("SELECT id FROM items WHERE order_id = $1", [order.id]);
    orders.push({ ...order, items: items.rows });
  }
  const people = await Promise.all(
    orders.map(async (order) => {
      // ruleid: javascript-query-in-loop
      return await User.findByPk(order.userId);
    }),
  );
  res.json({ orders, people });
});
