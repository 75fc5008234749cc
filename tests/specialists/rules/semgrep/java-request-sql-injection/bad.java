class Users {
  void find(HttpServletRequest request, Connection connection) throws SQLException {
    String name = request.getParameter("name");
    String sql = "SELECT * FROM users WHERE name = '" + name + "'";
    // ruleid: java-request-sql-injection
    connection.prepareStatement(sql).executeQuery();
  }

  @GetMapping("/users")
  List<User> list(@RequestParam("order") String order) {
    // ruleid: java-request-sql-injection
    return entityManager.createNativeQuery("SELECT * FROM users ORDER BY " + order).getResultList();
  }
}
