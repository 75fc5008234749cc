async function mayRead(user: User): Promise<boolean> {
  return user.roles.includes("reader");
}

export async function read(user: User) {
  // ruleid: javascript-promise-in-condition
  if (!mayRead(user)) {
    throw new Error("forbidden");
  }
  // ruleid: javascript-promise-in-condition
  if (mayRead(user)) {
    return load();
  }
}
