const serialize = require("./session");

function load(cookie) {
  serialize.unserialize(cookie);
  return JSON.parse(cookie);
}
