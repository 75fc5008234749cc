class Users {
  void find(HttpServletRequest request, Connection connection) throws SQLException {
    PreparedStatement statement = connection.prepareStatement("SELECT * FROM users WHERE name = ?");
    statement.setString(1, request.getParameter("name"));
    statement.executeQuery();
    int page = Integer.parseInt(request.getParameter("page"));
    connection.prepareStatement("SELECT * FROM users LIMIT 10 OFFSET " + page).executeQuery();
  }

  @GetMapping("/users/{id}")
  User show(@PathVariable long id) {
    return jdbc.queryForObject("SELECT * FROM users WHERE id = " + id, mapper);
  }
}
