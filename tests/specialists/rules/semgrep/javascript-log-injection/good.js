app.post("/login", (req, res) => {
  logger.warn({ user: req.body.user }, "login failed");
  console.log(`page ${Number(req.query.page)}`);
  console.log(`login of ${JSON.stringify(req.body.user)} failed`);
  res.end();
});
