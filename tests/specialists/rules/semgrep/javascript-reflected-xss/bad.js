app.get("/hello", (req, res) => {
  // ruleid: javascript-reflected-xss
  res.send(`<h1>Hello ${req.query.name}</h1>`);
});
app.get("/search", (req, res) => {
  const q = req.query.q;
  // ruleid: javascript-reflected-xss
  res.send("<p>No results for " + q + "</p>");
});
