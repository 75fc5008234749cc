// ruleid: javascript-admin-missing-authorisation
router.get("/admin", isAuthenticated, showAdmin);
router.post("/profile", isAuthenticated, saveProfile);
// ruleid: javascript-admin-missing-authorisation
router.get("/admin/users", auth.isLoggedIn, (req, res) => {
  res.render("users");
});
