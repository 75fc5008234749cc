const { exec } = require("child_process");
const child_process = require("child_process");

function ping(host) {
  // ruleid: javascript-command-injection
  exec("ping -c 1 " + host);
  // ruleid: javascript-command-injection
  child_process.execSync(`nslookup ${host}`);
}
