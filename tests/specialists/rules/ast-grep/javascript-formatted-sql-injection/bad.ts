export async function find(name: string) {
  // ruleid: javascript-formatted-sql-injection
  return pool.query(`SELECT * FROM users WHERE name = '${name}'`);
}

export function remove(id: string) {
  // ruleid: javascript-formatted-sql-injection
  return this.db.execute("DELETE FROM orders WHERE id = " + id);
}
