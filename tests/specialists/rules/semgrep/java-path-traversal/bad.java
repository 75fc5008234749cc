class Files {
  void show(HttpServletRequest request) throws IOException {
    String name = request.getParameter("name");
    // ruleid: java-path-traversal
    FileInputStream in = new FileInputStream(ROOT + "/" + name);
    copy(in);
  }

  @GetMapping("/files/{name}")
  byte[] read(@PathVariable String name) throws IOException {
    // ruleid: java-path-traversal
    File file = new File(ROOT, name);
    return bytes(file);
  }
}
