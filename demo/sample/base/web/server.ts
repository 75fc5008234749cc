import express from "express";

const app = express();
const SERVICE = process.env.SHOP_SERVICE ?? "http://127.0.0.1:5000";

app.use(express.json());

app.get("/products", async (_req, res) => {
  const answer = await fetch(`${SERVICE}/products`);
  res.json(await answer.json());
});

app.listen(Number(process.env.PORT ?? 3000));

export { app, SERVICE };
