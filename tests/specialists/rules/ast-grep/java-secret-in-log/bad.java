class Login {
  void enter(String user, String password) {
    // ruleid: java-secret-in-log
    log.info("login {} {}", user, password);
  }
}
