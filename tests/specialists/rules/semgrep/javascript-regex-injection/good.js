app.get("/grep", (req, res) => {
  const pattern = new RegExp(escapeRegExp(req.query.q), "i");
  const word = new RegExp("^[a-z]+$");
  res.json(lines.filter((line) => pattern.test(line) && word.test(line)));
});
