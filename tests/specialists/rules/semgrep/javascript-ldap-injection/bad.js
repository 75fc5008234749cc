app.get("/people", (req, res) => {
  const filter = `(uid=${req.query.name})`;
  // ruleid: javascript-ldap-injection
  client.search("ou=people", { filter: filter, scope: "sub" }, done);
});
