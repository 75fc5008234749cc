class Users {
    ResultSet find(Statement statement, String name) throws SQLException {
        // ruleid: java-sql-injection
        return statement.executeQuery("SELECT * FROM users WHERE name = '" + name + "'");
    }

    int remove(Statement statement, String id) throws SQLException {
        String sql = "DELETE FROM orders WHERE id = " + id;
        // ruleid: java-sql-injection
        return statement.executeUpdate(sql);
    }

    void login(String name, String pass) throws SQLException {
        String query = "SELECT * FROM users WHERE name = '" + name + "' AND pass = '" + pass + "'";
        ResultSet rows;
        try (Statement statement = connection.createStatement()) {
            // ruleid: java-sql-injection
            rows = statement.executeQuery(query);
        }
    }
}
