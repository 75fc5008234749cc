class Choice {
  void keep(HttpServletRequest request) {
    // ruleid: java-trust-boundary
    request.getSession().setAttribute("role", request.getParameter("role"));
  }
}
