const { exec } = require("child_process");
const child_process = require("child_process");

app.get("/ping", (req, res) => {
  // ruleid: javascript-command-injection
  exec("ping -c 1 " + req.query.host, (error, out) => res.send(out));
});

app.post("/convert", (req, res) => {
  // ruleid: javascript-command-injection
  child_process.execSync(`convert ${req.body.file} out.png`);
});
