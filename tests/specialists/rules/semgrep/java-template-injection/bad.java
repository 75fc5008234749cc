class Mail {
  @PostMapping("/preview")
  String preview(@RequestParam String body) throws IOException {
    // ruleid: java-template-injection
    Template template = new Template("mail", new StringReader(body), configuration);
    return render(template);
  }
}
