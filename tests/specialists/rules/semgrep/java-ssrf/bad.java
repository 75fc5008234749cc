class Preview {
  @GetMapping("/preview")
  String show(@RequestParam String url) throws IOException {
    // ruleid: java-ssrf
    return restTemplate.getForObject(url, String.class);
  }

  void old(HttpServletRequest request) throws IOException {
    // ruleid: java-ssrf
    new URL(request.getParameter("url")).openStream();
  }
}
