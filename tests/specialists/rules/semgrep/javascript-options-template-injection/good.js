app.get("/page", (req, res) => {
  res.render("page", { name: req.query.name });
});

app.post("/account", (req, res) => {
  const { name, city } = req.body;
  return res.render("account.hbs", { name, city });
});
