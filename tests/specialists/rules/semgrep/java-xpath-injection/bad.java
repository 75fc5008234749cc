class Nodes {
  void find(HttpServletRequest request, XPath xpath) throws XPathExpressionException {
    String name = request.getParameter("name");
    // ruleid: java-xpath-injection
    xpath.evaluate("//user[@name='" + name + "']", document);
  }
}
