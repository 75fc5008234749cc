async function login(req, res) {
  // ruleid: javascript-plaintext-password
  const user = await User.findOne({ username: req.body.username, password: req.body.password });
  if (!user) return res.sendStatus(401);
  res.json({ ok: true });
}

async function signIn(name, password) {
  const user = await users.findOne({ name });
  // ruleid: javascript-plaintext-password
  if (user.password !== password) throw new Error("refused");
  return user;
}

async function add(users, name, password) {
  // ruleid: javascript-plaintext-password
  await users.insertOne({ name: name, password: password });
}

function addUser(db, userName, given) {
  const record = { userName: userName, password: given };
  // ruleid: javascript-plaintext-password
  db.users.insert(record, () => {});
}
