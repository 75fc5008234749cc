export async function register(email: string, ctx: CanvasRenderingContext2D) {
  const user = User.create({ email });
  await user.save();
  ctx.save();
  void audit.save();
  return user.save();
}

export function paint(shape: Shape) {
  shape.save();
}
