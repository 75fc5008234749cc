class People {
  void find(HttpServletRequest request, DirContext context) throws NamingException {
    Object[] values = {request.getParameter("uid")};
    context.search("ou=people", "(uid={0})", values, new SearchControls());
  }
}
