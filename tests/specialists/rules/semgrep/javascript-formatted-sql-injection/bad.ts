export async function find(name: string) {
  // ruleid: javascript-formatted-sql-injection
  return pool.query(`SELECT * FROM users WHERE name = '${name}'`);
}

export async function order(id: string) {
  const sql = `SELECT * FROM orders WHERE id = ${id}`;
  // ruleid: javascript-formatted-sql-injection
  return db.query(sql);
}

export function remove(id: string) {
  // ruleid: javascript-formatted-sql-injection
  return this.db.execute("DELETE FROM orders WHERE id = " + id);
}

export async function login(name: string, pass: string) {
  let sql = "SELECT * FROM users WHERE name = '" + name + "' AND pass = '" + pass + "'";
  log(sql);
  try {
    // ruleid: javascript-formatted-sql-injection
    return await pool.query(sql);
  } finally {
    pool.release();
  }
}
