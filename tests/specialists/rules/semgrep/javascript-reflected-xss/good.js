app.get("/hello", (req, res) => {
  res.json({ hello: req.query.name });
  res.send(`<h1>Hello ${escapeHtml(req.query.name)}</h1>`);
  res.send("ok " + req.query.name);
  res.render("hello", { name: req.query.name });
});
