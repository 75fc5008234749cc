router.get("/search", async (req: Request, res: Response) => {
  try {
    res.json(await find(req.query.name));
  } catch (err: any) {
    // ruleid: javascript-error-detail-exposed
    res.status(500).json({ error: err.message });
  }
});

app.use((err, req, res, next) => {
  // ruleid: javascript-error-detail-exposed
  res.send(`<pre>${err.stack}</pre>`);
});

db.get(id, (error, row) => {
  // ruleid: javascript-error-detail-exposed
  if (error) response.status(500).send(error);
});
