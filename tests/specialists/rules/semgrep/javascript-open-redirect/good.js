app.get("/login", (req, res) => {
  res.redirect("/users/" + req.params.id);
});
app.get("/home", (req, res) => {
  res.redirect("/");
});
