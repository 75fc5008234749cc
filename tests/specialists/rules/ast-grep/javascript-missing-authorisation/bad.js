const router = require("express").Router();

router.get("/orders", requireAuth, listOrders);
router.post("/orders", requireAuth, createOrder);
// ruleid: javascript-missing-authorisation
router.delete("/orders/:id", deleteOrder);
// ruleid: javascript-missing-authorisation
router.put("/orders/:id", async (req, res) => {
  await Order.update({ status: req.body.status }, { where: { id: req.params.id } });
  res.end();
});
router.post("/login", login);

module.exports = router;
