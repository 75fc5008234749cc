app.get("/login", (req, res) => {
  // ruleid: javascript-open-redirect
  res.redirect(req.query.next);
});
app.get("/out", (req, res) => {
  const target = req.query.to || "/";
  // ruleid: javascript-open-redirect
  res.redirect(302, target);
});
