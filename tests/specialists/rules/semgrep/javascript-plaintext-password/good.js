async function signIn(name, password) {
  const user = await users.findOne({ name });
  if (!(await bcrypt.compare(password, user.password))) throw new Error("refused");
  return user;
}

async function add(users, name, password) {
  await users.insertOne({ name: name, password: await bcrypt.hash(password, 12) });
}

async function addLater(users, name, passwordHash) {
  await users.insertOne({ name: name, password: passwordHash });
}

function check(form) {
  if (form.password !== form.confirmPassword) return "They differ.";
  return "";
}
