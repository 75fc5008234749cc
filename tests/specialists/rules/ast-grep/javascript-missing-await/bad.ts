export async function register(email: string) {
  const user = User.create({ email });
  // ruleid: javascript-missing-await
  user.save();
  // ruleid: javascript-missing-await
  Token.deleteMany({ email });
  return { id: user.id };
}
