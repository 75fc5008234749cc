class Box {
  Cipher open() throws Exception {
    // ruleid: java-weak-cipher
    return Cipher.getInstance("AES/ECB/PKCS5Padding");
  }

  Cipher old() throws Exception {
    // ruleid: java-weak-cipher
    return javax.crypto.Cipher.getInstance("DES/CBC/PKCS5Padding");
  }
}
