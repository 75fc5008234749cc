class Dates {
  // ruleid: java-race-condition
  private static final SimpleDateFormat DAY = new SimpleDateFormat("yyyy-MM-dd");
}
