app.post("/login", (req, res) => {
  // ruleid: javascript-insecure-cookie
  res.cookie("session", id, { httpOnly: false, secure: true });
});
// ruleid: javascript-insecure-cookie
app.use(session({ secret: process.env.KEY, cookie: { secure: false } }));
app.post("/enter", (req, res) => {
  // ruleid: javascript-insecure-cookie
  res.cookie("session", issue(req));
  res.end();
});
