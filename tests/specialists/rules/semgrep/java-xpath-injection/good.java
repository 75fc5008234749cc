class Nodes {
  void find(HttpServletRequest request, XPath xpath) throws XPathExpressionException {
    xpath.setXPathVariableResolver(names -> request.getParameter("name"));
    xpath.evaluate("//user[@name=$name]", document);
  }
}
