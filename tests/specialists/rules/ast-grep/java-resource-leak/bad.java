class Read {
  int first(String name) throws IOException {
    // ruleid: java-resource-leak
    FileInputStream in = new FileInputStream(name);
    return in.read();
  }
}
