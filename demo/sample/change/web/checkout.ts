import { exec } from "node:child_process";
import { app, SERVICE } from "./server";

app.get("/receipt", (req, res) => {
  exec(`node print.js ${req.query.order}`, (error, out) => {
    res.send(`<h1>Receipt ${req.query.order}</h1><pre>${out}</pre>`);
  });
});

app.post("/checkout", async (req, res) => {
  const answer = await fetch(`${SERVICE}/checkout`, { method: "POST", body: JSON.stringify(req.body) });
  res.status(answer.status).json(await answer.json());
});
