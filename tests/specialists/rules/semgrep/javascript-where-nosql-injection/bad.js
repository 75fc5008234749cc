app.get("/reviews/:id", async (req, res) => {
  const id = req.params.id;
  // ruleid: javascript-where-nosql-injection
  res.json(await reviews.find({ $where: "this.product == " + id }));
});
