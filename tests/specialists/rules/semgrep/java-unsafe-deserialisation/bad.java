class Store {
  Object load(InputStream in) throws Exception {
    ObjectInputStream stream = new ObjectInputStream(in);
    // ruleid: java-unsafe-deserialisation
    return stream.readObject();
  }

  Object config(String text) {
    // ruleid: java-unsafe-deserialisation
    return new Yaml().load(text);
  }

  Object old(String text) {
    XStream xstream = new XStream();
    // ruleid: java-unsafe-deserialisation
    return xstream.fromXML(text);
  }
}
