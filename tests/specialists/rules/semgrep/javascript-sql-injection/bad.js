app.get("/users", async (req, res) => {
  const name = req.query.name;
  // ruleid: javascript-sql-injection
  const rows = await db.query(`SELECT * FROM users WHERE name = '${name}'`);
  res.json(rows);
});

router.get("/orders/:id", (req, res) => {
  const sql = "SELECT * FROM orders WHERE id = " + req.params.id;
  // ruleid: javascript-sql-injection
  pool.query(sql, (error, rows) => res.json(rows));
});
