class Box {
  Cipher open() throws Exception {
    KeyGenerator.getInstance("AES").init(256);
    return Cipher.getInstance("AES/GCM/NoPadding");
  }
}
