const fs = require("fs");
const path = require("path");

app.get("/file", (req, res) => {
  fs.readFile(path.join("/srv/files", path.basename(req.query.name)), (e, data) => res.send(data));
  res.sendFile(req.params.name, { root: "/srv/files" });
  res.sendFile(path.join(__dirname, "index.html"));
});
