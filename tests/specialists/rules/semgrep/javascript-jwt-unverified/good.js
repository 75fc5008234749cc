const jwt = require("jsonwebtoken");

function read(token, key) {
  return jwt.verify(token, key, { algorithms: ["HS256"] });
}
app.get("/me", (req, res) => {
  res.json(jwt.verify(req.cookies.token, key, { algorithms: ["HS256"] }));
});
