app.get("/reviews/:id", async (req, res) => {
  res.json(await reviews.find({ product: Number(req.params.id) }));
  res.json(await reviews.find({ $where: "this.product == " + Number(req.params.id) }));
});
