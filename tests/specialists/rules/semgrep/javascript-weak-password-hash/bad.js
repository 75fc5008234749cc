const crypto = require("crypto");

function store(user, password) {
  // ruleid: javascript-weak-password-hash
  user.digest = crypto.createHash("sha256").update(password).digest("hex");
}
