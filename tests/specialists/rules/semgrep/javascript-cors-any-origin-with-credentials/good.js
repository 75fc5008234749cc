const cors = require("cors");

app.use(cors({ origin: "*" }));
app.use(cors({ origin: ["https://example.com"], credentials: true }));
res.setHeader("Access-Control-Allow-Origin", "https://example.com");
