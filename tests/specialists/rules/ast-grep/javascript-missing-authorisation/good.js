const router = require("express").Router();
const open = require("express").Router();

router.get("/orders", listOrders);
router.post("/orders", requireAuth, createOrder);
router.delete("/orders/:id", requireAuth, deleteOrder);
router.post("/login", login);
router.post("/password/reset", reset);
open.post("/feedback", feedback);

module.exports = { router, open };
