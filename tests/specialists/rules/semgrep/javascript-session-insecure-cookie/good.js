const session = require("express-session");

app.use(session({ secret: process.env.SECRET, cookie: { secure: true, httpOnly: true } }));
app.use(session({ secret: process.env.SECRET, cookie: { secure: "auto" } }));
app.use(session({ secret: process.env.SECRET, cookie: cookieOptions }));
