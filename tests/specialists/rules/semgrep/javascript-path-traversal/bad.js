const fs = require("fs");
const path = require("path");

app.get("/file", (req, res) => {
  // ruleid: javascript-path-traversal
  fs.readFile(path.join("/srv/files", req.query.name), (error, data) => res.send(data));
});

app.get("/raw/:name", (req, res) => {
  // ruleid: javascript-path-traversal
  res.sendFile("/srv/files/" + req.params.name);
});
