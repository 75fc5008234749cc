app.get("/hello", async (req, res) => {
  const rows = await db.query(`SELECT * FROM users WHERE name = '${req.query.name}'`);
  res.send(`<h1>Hello ${req.query.name}</h1>`);
});

export function show(element: HTMLElement, name: string) {
  // ast-grep-ignore
  element.innerHTML = name;
}
