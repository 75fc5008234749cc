async function mayRead(user: User): Promise<boolean> {
  return user.roles.includes("reader");
}

function isOpen(shop: Shop): boolean {
  return shop.open;
}

export async function read(user: User, shop: Shop) {
  if (!(await mayRead(user))) {
    throw new Error("forbidden");
  }
  if (!isOpen(shop)) {
    return null;
  }
  return load();
}
