class Parse {
  Document read(InputStream in) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    // ruleid: java-xxe
    return factory.newDocumentBuilder().parse(in);
  }

  XMLStreamReader stream(InputStream in) throws Exception {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    // ruleid: java-xxe
    return factory.createXMLStreamReader(in);
  }
}
