const rateLimit = require("express-rate-limit");
const router = require("express").Router();
router.post("/login", rateLimit({ windowMs: 60_000, max: 5 }), login);
router.post("/blog", write);
