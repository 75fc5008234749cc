class Mail {
  @PostMapping("/preview")
  String preview(@RequestParam String body) throws IOException {
    Template template = configuration.getTemplate("mail.ftl");
    return render(template, Map.of("body", body));
  }
}
