const TABLE = "users";

export async function find(name: string) {
  await pool.query("SELECT * FROM users WHERE name = $1", [name]);
  await pool.query(`SELECT * FROM ${TABLE}`);
  const sql = `SELECT 1`;
  await db.query(sql);
  return page.query(`#row-${name}`);
}

export async function many(ids: number[]) {
  const marks = ids.map(() => "?").join(",");
  return pool.query(`SELECT * FROM users WHERE id IN (${marks})`, ids);
}
