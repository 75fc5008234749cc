const router = require("express").Router();
// ruleid: javascript-login-without-limit
router.post("/login", async (req, res) => {
  res.json(await check(req.body.name, req.body.password));
});
// ruleid: javascript-login-without-limit
app.post("/api/signin", passport.authenticate("local"), done);
