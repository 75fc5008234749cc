app.get("/proxy", async (req, res) => {
  // ruleid: javascript-ssrf
  const answer = await fetch(req.query.url);
  // ruleid: javascript-ssrf
  await axios.get(`http://${req.body.host}/status`);
  res.send(await answer.text());
});
app.get("/shot", async ({ query }, res) => {
  // ruleid: javascript-ssrf
  await page.goto(query.url);
  // ruleid: javascript-ssrf
  request({ url: query.url }, done);
});
