class Users {
    ResultSet find(Connection connection, String name) throws SQLException {
        PreparedStatement statement =
                connection.prepareStatement("SELECT * FROM users WHERE name = ?");
        statement.setString(1, name);
        return statement.executeQuery();
    }

    void list() throws SQLException {
        String query = "SELECT * FROM users WHERE kind = '" + KIND + "' ORDER BY name";
        connection.createStatement().executeQuery(query);
        log.update("deleted " + name);
    }
}
