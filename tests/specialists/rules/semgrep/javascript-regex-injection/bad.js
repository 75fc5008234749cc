app.get("/grep", (req, res) => {
  // ruleid: javascript-regex-injection
  const pattern = new RegExp(req.query.q, "i");
  res.json(lines.filter((line) => pattern.test(line)));
});
