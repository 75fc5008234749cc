import jwt from "jsonwebtoken";

export function issue(claims: object) {
  return jwt.sign(claims, process.env.JWT_KEY, { expiresIn: "1h" });
}

app.use(session({ secret: process.env.SESSION_SECRET, resave: false }));
