app.post("/settings", (req, res) => {
  _.merge(settings, { theme: "dark" });
  settings.theme = req.body.theme;
  store[SECTION][KEY] = req.body.value;
  _.merge(settings, schema.parse(req.body));
  res.end();
});
