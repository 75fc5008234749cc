class Hello extends HttpServlet {
  void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
    String name = request.getParameter("name");
    response.getWriter().println("<h1>Hello " + Encode.forHtml(name) + "</h1>");
    PrintWriter out = response.getWriter();
    out.write("done");
  }
}
