app.post("/preview", (req, res) => {
  // ruleid: javascript-template-injection
  res.send(ejs.render(req.body.template, { user: req.user }));
});
