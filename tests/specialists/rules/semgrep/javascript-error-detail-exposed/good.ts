router.get("/search", async (req: Request, res: Response) => {
  try {
    res.json(await find(req.query.name));
  } catch (err: any) {
    log.error(err.stack);
    res.status(500).json({ error: "The search failed." });
  }
});

router.post("/items", (req, res) => {
  const error = check(req.body);
  if (error) return res.status(400).json({ error: error.message });
  res.json({ message: "saved" });
});
