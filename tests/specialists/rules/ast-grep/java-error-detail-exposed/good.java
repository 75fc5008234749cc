class Show {
  void show(HttpServletResponse response) throws IOException {
    try {
      load();
    } catch (SQLException e) {
      log.error("load failed", e);
      response.sendError(500);
    }
  }
}
