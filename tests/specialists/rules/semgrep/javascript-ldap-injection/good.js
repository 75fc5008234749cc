app.get("/people", (req, res) => {
  const filter = new ldap.EqualityFilter({ attribute: "uid", value: "guest" });
  client.search("ou=people", { filter: filter, scope: "sub" }, done);
  client.search("ou=people", { filter: `(id=${Number(req.query.id)})` }, done);
});
