class Choice {
  void keep(HttpServletRequest request) {
    request.getSession().setAttribute("page", Integer.parseInt(request.getParameter("page")));
    request.getSession().setAttribute("role", "guest");
  }
}
