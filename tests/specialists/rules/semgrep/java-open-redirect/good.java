class After {
  void done(HttpServletRequest request, HttpServletResponse response) throws IOException {
    response.sendRedirect("/items/" + request.getParameter("id"));
  }

  @GetMapping("/go")
  String go(@RequestParam int page) {
    return "redirect:/list?page=" + page;
  }
}
