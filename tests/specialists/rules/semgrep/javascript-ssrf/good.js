app.get("/user", async (req, res) => {
  const first = await fetch(`https://api.example.com/users/${req.query.name}`);
  const second = await fetch("https://api.example.com/users/" + req.params.id);
  const third = await fetch(API + "?q=" + encodeURIComponent(req.query.q));
  res.json([first, second, third]);
});
