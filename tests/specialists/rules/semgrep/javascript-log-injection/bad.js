app.post("/login", (req, res) => {
  // ruleid: javascript-log-injection
  console.log(`login of ${req.body.user} failed`);
  const agent = req.headers["user-agent"];
  // ruleid: javascript-log-injection
  logger.warn("agent: " + agent);
  res.end();
});
