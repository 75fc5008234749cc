class Store {
  Object load(InputStream in) throws Exception {
    ObjectInputStream stream = new ObjectInputStream(in);
    stream.setObjectInputFilter(FILTER);
    return stream.readObject();
  }

  Object config(String text) {
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    return yaml.load(text);
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    this.name = (String) in.readObject();
  }
}
