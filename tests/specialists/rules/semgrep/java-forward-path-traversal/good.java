class PageServlet extends HttpServlet {
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
        String page = PAGES.getOrDefault(Integer.parseInt(request.getParameter("page")), "home");
        request.setAttribute("title", request.getParameter("title"));
        request.getRequestDispatcher("/pages/home.jsp").forward(request, response);
    }
}
