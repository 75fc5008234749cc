app.post("/calc", (req, res) => {
  res.json(JSON.parse(req.body.expression));
});
function plugin(source) {
  return new Function("x", source);
}
