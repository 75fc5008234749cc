class Load {
    Object load(InputStream input) throws Exception {
        ObjectInputStream stream = new ObjectInputStream(input);
        stream.setObjectInputFilter(FILTER);
        return stream.readObject();
    }
}
