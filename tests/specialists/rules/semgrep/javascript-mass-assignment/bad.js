const express = require("express");
const app = express();

app.post("/users", async (req, res) => {
  // ruleid: javascript-mass-assignment
  const user = await User.create(req.body);
  res.json(user);
});

app.put("/users/:id", async (req, res) => {
  // ruleid: javascript-mass-assignment
  await User.findByIdAndUpdate(req.params.id, req.body, { new: true });
  // ruleid: javascript-mass-assignment
  await User.updateOne({ _id: req.params.id }, { $set: req.body });
  res.end();
});

app.patch("/me", async (req, res) => {
  const user = await User.findById(req.user.id);
  // ruleid: javascript-mass-assignment
  Object.assign(user, req.body);
  await user.save();
});

app.post("/posts", async (req, res) => {
  // ruleid: javascript-mass-assignment
  const post = new Post(req.body);
  // ruleid: javascript-mass-assignment
  await prisma.post.create({ data: req.body });
  // ruleid: javascript-mass-assignment
  await Post.create({ ...req.body, author: req.user.id });
});
