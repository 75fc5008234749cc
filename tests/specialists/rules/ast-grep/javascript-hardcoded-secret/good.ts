const token = jwt.sign({ id: user.id }, process.env.JWT_KEY);
app.use(session({ secret: process.env.SECRET, resave: false }));
const JWT_SECRET = process.env.JWT_SECRET;
const secretKey = `${prefix}.key`;
const digest = crypto.createHmac("sha256", key).update(text).digest("hex");

import jwt from "jsonwebtoken";

export function issue(claims: object) {
  return jwt.sign(claims, process.env.JWT_KEY, { expiresIn: "1h" });
}

app.use(session({ secret: process.env.SESSION_SECRET, resave: false }));
