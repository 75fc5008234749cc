const TABLE = "users";

export async function find(name: string) {
  await pool.query("SELECT * FROM users WHERE name = $1", [name]);
  await pool.query(`SELECT * FROM ${TABLE}`);
  const sql = `SELECT 1`;
  await db.query(sql);
  return page.query(`#row-${name}`);
}
