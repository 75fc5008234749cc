class After {
  void done(HttpServletRequest request, HttpServletResponse response) throws IOException {
    // ruleid: java-open-redirect
    response.sendRedirect(request.getParameter("next"));
  }

  @GetMapping("/go")
  String go(@RequestParam String to) {
    // ruleid: java-open-redirect
    return "redirect:" + to;
  }
}
