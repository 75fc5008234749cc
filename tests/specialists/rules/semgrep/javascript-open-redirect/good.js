app.get("/login", (req, res) => {
  res.redirect("/users/" + req.params.id);
});
app.get("/home", (req, res) => {
  res.redirect("/");
});

app.get("/back", (req, res) => {
  res.redirect(req.get("Referrer") || "/");
});
