export async function register(email: string) {
  const user = await User.create({ email });
  await sendVerificationEmail(user.email);
  sendVerificationEmail(user.email).catch(log.error);
  return user;
}

export function notify(socket: Socket) {
  socket.sendMessage("hello");
}
