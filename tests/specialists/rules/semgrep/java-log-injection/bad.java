class Login {
  void failed(HttpServletRequest request) {
    // ruleid: java-log-injection
    log.warn("login of " + request.getParameter("user") + " failed");
  }
}
