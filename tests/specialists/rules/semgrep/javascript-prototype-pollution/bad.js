app.post("/settings", (req, res) => {
  // ruleid: javascript-prototype-pollution
  _.merge(settings, req.body);
  // ruleid: javascript-prototype-pollution
  store[req.body.section][req.body.key] = req.body.value;
  res.end();
});
