app.get("/login", (req, res) => {
  res.redirect("/users/" + req.params.id);
});
