const jwt = require("jsonwebtoken");

function read(token, key) {
  // ruleid: javascript-jwt-unverified
  jwt.verify(token, key, { algorithms: ["HS256", "none"] });
  // ruleid: javascript-jwt-unverified
  return jwt.verify(token, "");
}
app.get("/me", (req, res) => {
  // ruleid: javascript-jwt-unverified
  res.json(jwt.decode(req.cookies.token));
});
