router.get("/admin", isAuthenticated, isAdmin, showAdmin);
router.get("/admin/login", isAuthenticated, login);
router.post("/profile", isAuthenticated, saveProfile);
router.get("/admin/users", auth.isLoggedIn, (req, res) => {
  if (!req.user.roles.includes("admin")) return res.sendStatus(403);
  res.render("users");
});
