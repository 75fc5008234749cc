class Hello extends HttpServlet {
  void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
    String name = request.getParameter("name");
    // ruleid: java-reflected-xss
    response.getWriter().println("<h1>Hello " + name + "</h1>");
    PrintWriter out = response.getWriter();
    // ruleid: java-reflected-xss
    out.write(request.getHeader("Referer"));
  }
}
