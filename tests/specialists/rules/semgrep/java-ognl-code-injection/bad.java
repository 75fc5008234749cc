class ShowAction {
    Object show(HttpServletRequest request, ValueStack stack) {
        String name = request.getParameter("field");
        // ruleid: java-ognl-code-injection
        return stack.findValue(name);
    }
}
