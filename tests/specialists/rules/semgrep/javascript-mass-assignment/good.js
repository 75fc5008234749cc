const express = require("express");
const app = express();

app.post("/users", async (req, res) => {
  const { name, email } = req.body;
  const user = await User.create({ name, email });
  const wanted = userSchema.parse(req.body);
  await User.create(wanted);
  res.json(user);
});

app.patch("/me", async (req, res) => {
  await User.findByIdAndUpdate(req.user.id, { name: req.body.name });
  const form = new URLSearchParams(req.body);
  const options = Object.assign({}, req.body);
  res.json({ form, options });
});
