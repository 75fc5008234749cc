class Read {
  int first(String name) throws IOException {
    try (FileInputStream in = new FileInputStream(name)) {
      return in.read();
    }
  }

  InputStream open(String name) throws IOException {
    FileInputStream in = new FileInputStream(name);
    return in;
  }
}
