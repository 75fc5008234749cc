export async function register(email: string) {
  const user = await User.create({ email });
  // ruleid: javascript-unhandled-promise
  sendVerificationEmail(user.email);
  return user;
}
