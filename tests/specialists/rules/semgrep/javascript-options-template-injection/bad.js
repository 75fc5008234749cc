app.get("/page", (req, res) => {
  // ruleid: javascript-options-template-injection
  res.render("page", req.query);
});

app.post("/account", (req, res) => {
  const profile = req.body;
  // ruleid: javascript-options-template-injection
  return res.render("account.hbs", profile);
});

app.post("/more", (req, res) => {
  // ruleid: javascript-options-template-injection
  res.render("more", { title: "More", ...req.body });
});
