app.get("/users", async (req, res) => {
  const rows = await db.query("SELECT * FROM users WHERE name = $1", [req.query.name]);
  const page = await db.query(`SELECT * FROM users LIMIT ${Number(req.query.size)}`);
  res.json({ rows, page });
});

function migrate(db, table) {
  return db.query(`DROP TABLE ${table}`);
}
