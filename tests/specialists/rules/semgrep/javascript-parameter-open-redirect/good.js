function onLogin(redirectPage, session, res) {
  if (redirectPage.startsWith("/pages/")) {
    return res.redirect(redirectPage);
  }
  return res.redirect("/admin");
}

function handler(req, res, next) {
  res.redirect("/login");
}
