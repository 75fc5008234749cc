const session = require("express-session");

// ruleid: javascript-session-insecure-cookie
app.use(session({ secret: process.env.SECRET, resave: false }));

// ruleid: javascript-session-insecure-cookie
app.use(session({ secret: process.env.SECRET, cookie: { path: "/" } }));
