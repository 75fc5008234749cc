router.get("/", async (req: Request, res: Response) => {
  // ruleid: javascript-pagination-off-by-one
  const offset = (page - 1) * pageSize + 1;
  // ruleid: javascript-pagination-off-by-one
  const totalPages = Math.round(totalItems / pageSize);
  res.json({ offset, totalPages });
});
