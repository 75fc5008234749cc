class People {
  void find(HttpServletRequest request, DirContext context) throws NamingException {
    String filter = "(uid=" + request.getParameter("uid") + ")";
    // ruleid: java-ldap-injection
    context.search("ou=people", filter, new SearchControls());
  }
}
