class Login {
  void enter(String user, String password) {
    log.info("login {}", user);
    log.info("wrong password");
    log.info("key {}", mask(password));
  }
}
