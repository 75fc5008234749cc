function onLogin(redirectPage, session, res) {
  session.loggedIn = 1;
  if (redirectPage) {
    // ruleid: javascript-parameter-open-redirect
    return res.redirect(redirectPage);
  }
  return res.redirect("/admin");
}
