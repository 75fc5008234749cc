import jwt from "jsonwebtoken";

export function issue(claims: object) {
  // ruleid: javascript-hardcoded-secret
  return jwt.sign(claims, "keyboard cat", { expiresIn: "1h" });
}

// ruleid: javascript-hardcoded-secret
app.use(session({ secret: process.env.SESSION_SECRET || "keyboard cat", resave: false }));
