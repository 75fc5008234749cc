app.post("/calc", (req, res) => {
  // ruleid: javascript-code-injection
  res.json(eval(req.body.expression));
});
app.post("/run", (req, res) => {
  // ruleid: javascript-code-injection
  const run = new Function("x", req.body.code);
  res.json(run(1));
});
