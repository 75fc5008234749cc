class PageServlet extends HttpServlet {
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
        String page = request.getParameter("page");
        // ruleid: java-forward-path-traversal
        request.getRequestDispatcher("/pages/" + page).forward(request, response);
    }
}
