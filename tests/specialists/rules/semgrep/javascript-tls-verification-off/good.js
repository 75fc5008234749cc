const https = require("https");

const agent = new https.Agent({ ca: certificate, rejectUnauthorized: true });
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "1";
