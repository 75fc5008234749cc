class Work {
  void run() {
    try {
      step();
    } catch (IOException ignored) {
    }
    try {
      step();
    } catch (IOException e) {
      // There is nothing to close.
    }
  }
}
