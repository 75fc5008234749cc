router.get("/", async (req: Request, res: Response) => {
  const offset = (page - 1) * pageSize;
  const totalPages = Math.ceil(totalItems / pageSize);
  const full = Math.floor(totalItems / pageSize);
  const first = (page - 1) * pageSize + 1;
  res.json({ offset, totalPages, full, first });
});
