class ShowAction {
    Object show(HttpServletRequest request, ValueStack stack) {
        stack.set("title", request.getParameter("title"));
        return stack.findValue("title");
    }
}
