app.post("/login", async (req, res) => {
  const user = await User.findOne({ name: String(req.body.name) });
  const item = list.find((x) => x.id === req.params.id);
  const row = await User.findOne({ where: { id: req.params.id } });
  res.json({ user, item, row });
});
