class Login {
  void failed(HttpServletRequest request) {
    log.warn("login failed");
    log.info("page {}", Integer.parseInt(request.getParameter("page")));
  }
}
