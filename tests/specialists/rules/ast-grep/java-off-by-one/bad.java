class Sum {
  int of(int[] values) {
    int total = 0;
    // ruleid: java-off-by-one
    for (int i = 0; i <= values.length; i++) {
      total += values[i];
    }
    return total;
  }
}
