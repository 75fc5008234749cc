const serialize = require("node-serialize");

function load(cookie) {
  // ruleid: javascript-unsafe-deserialisation
  return serialize.unserialize(cookie);
}
