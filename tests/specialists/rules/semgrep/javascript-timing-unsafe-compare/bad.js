const crypto = require("crypto");

function verify(body, given) {
  const expected = crypto.createHmac("sha256", key).update(body).digest("hex");
  // ruleid: javascript-timing-unsafe-compare
  return expected === given;
}
