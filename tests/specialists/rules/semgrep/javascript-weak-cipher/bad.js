const crypto = require("crypto");

// ruleid: javascript-weak-cipher
const first = crypto.createCipher("aes-256-cbc", password);
// ruleid: javascript-weak-cipher
const second = crypto.createCipheriv("aes-128-ecb", key, null);
