app.post("/login", (req, res) => {
  res.cookie("session", id, { httpOnly: true, secure: true, sameSite: "lax" });
  res.cookie("theme", "dark");
});
app.use(session({ secret: process.env.KEY, cookie: { secure: true } }));
app.post("/theme", (req, res) => {
  res.cookie("theme", "dark");
  res.end();
});
