class Work {
  void run() {
    try {
      step();
    // ruleid: java-swallowed-exception
    } catch (IOException e) {
    }
  }
}
