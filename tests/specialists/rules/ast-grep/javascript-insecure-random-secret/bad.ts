// ruleid: javascript-insecure-random-secret
const resetToken = Math.random().toString(36).slice(2);

export function session(user: User) {
  // ruleid: javascript-insecure-random-secret
  user.sessionId = `s-${Math.random()}`;
}
