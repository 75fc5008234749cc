app.get("/orders/:id", async (req, res) => {
  const order = await Order.findOne({ where: { id: req.params.id, userId: req.user.id } });
  const invoice = await Invoice.findById(req.params.id);
  if (invoice.owner !== req.user.id) return res.status(404).end();
  res.json({ order, invoice });
});

app.get("/products/:id", async (req, res) => {
  res.json(await Product.findById(req.params.id));
});
