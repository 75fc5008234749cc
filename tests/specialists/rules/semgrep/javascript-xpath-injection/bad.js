app.get("/user", (req, res) => {
  // ruleid: javascript-xpath-injection
  const nodes = xpath.select("//user[name='" + req.query.name + "']", doc);
  res.json(nodes.length);
});
