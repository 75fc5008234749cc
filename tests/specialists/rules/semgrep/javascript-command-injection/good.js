const { execFile } = require("child_process");

app.get("/ping", (req, res) => {
  execFile("ping", ["-c", "1", req.query.host], (error, out) => res.send(out));
  const match = pattern.exec(req.query.host);
  res.send(match);
});
