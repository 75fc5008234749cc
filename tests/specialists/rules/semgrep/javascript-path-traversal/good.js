const fs = require("fs");
const path = require("path");

app.get("/file", (req, res) => {
  fs.readFile(path.join("/srv/files", path.basename(req.query.name)), (e, data) => res.send(data));
  res.sendFile(req.params.name, { root: "/srv/files" });
  res.sendFile(path.join(__dirname, "index.html"));
});
app.get("/checked/:name", (req, res) => {
  const file = path.resolve(ROOT, req.params.name);
  if (!file.startsWith(ROOT + path.sep)) return res.status(404).end();
  fs.readFile(file, (error, text) => res.end(text));
});

app.get("/download/:name", (req, res) => {
  res.download(req.params.name, { root: ROOT });
});
