app.get("/user", (req, res) => {
  const find = xpath.parse("//user[name=$name]");
  const nodes = find.select({ node: doc, variables: { name: req.query.name } });
  res.json(nodes.length + xpath.select(`//user[${Number(req.query.nth)}]`, doc).length);
});
