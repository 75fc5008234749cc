class Files {
  void show(HttpServletRequest request) throws IOException {
    String name = FilenameUtils.getName(request.getParameter("name"));
    FileInputStream in = new FileInputStream(ROOT + "/" + name);
    copy(in);
    int page = Integer.parseInt(request.getParameter("page"));
    copy(new FileInputStream(ROOT + "/" + page));
  }
}
