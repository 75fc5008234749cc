app.get("/orders/:id", async (req, res) => {
  // ruleid: javascript-missing-ownership-check
  const order = await Order.findById(req.params.id);
  res.json(order);
});

exports.remove = async function (req, res) {
  // ruleid: javascript-missing-ownership-check
  await Invoice.findByIdAndDelete(req.params.id);
  res.end();
};

exports.show = (req, res) => {
  // ruleid: javascript-missing-ownership-check
  return models.Address.findOne({ where: { id: req.params.id } }).then((a) => res.json(a));
};
