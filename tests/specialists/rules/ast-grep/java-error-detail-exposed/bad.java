class Show {
  void show(HttpServletResponse response) throws IOException {
    try {
      load();
    } catch (SQLException e) {
      // ruleid: java-error-detail-exposed
      e.printStackTrace(response.getWriter());
    }
  }
}
