const crypto = require("crypto");

function store(user, password, salt, body) {
  user.digest = crypto.scryptSync(password, salt, 64);
  user.etag = crypto.createHash("sha256").update(body).digest("hex");
}
