const crypto = require("crypto");

// ruleid: javascript-weak-hash
const sum = crypto.createHash("md5").update(body).digest("hex");
// ruleid: javascript-weak-hash
const old = crypto.createHash("SHA1").update(body).digest("hex");
