class Load {
    Object load(InputStream input) throws Exception {
        ObjectInputStream stream = new ObjectInputStream(input);
        // ruleid: java-unsafe-deserialisation
        return stream.readObject();
    }
}
