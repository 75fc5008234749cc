// ruleid: javascript-hardcoded-secret
const token = jwt.sign({ id: user.id }, "correct-horse-battery");
// ruleid: javascript-hardcoded-secret
app.use(session({ secret: "keyboard cat", resave: false }));
// ruleid: javascript-hardcoded-secret
app.use(session({ secret: process.env.SECRET || "change-me", resave: false }));
// ruleid: javascript-hardcoded-secret
const JWT_SECRET = process.env.JWT_SECRET || "supersecret";
// ruleid: javascript-hardcoded-secret
const digest = crypto.createHmac("sha256", "pa4qacea4VK9t9nGv7yZtwmj").update(text).digest("hex");

import jwt from "jsonwebtoken";

export function issue(claims: object) {
  // ruleid: javascript-hardcoded-secret
  return jwt.sign(claims, "keyboard cat", { expiresIn: "1h" });
}

// ruleid: javascript-hardcoded-secret
app.use(session({ secret: process.env.SESSION_SECRET || "keyboard cat", resave: false }));
