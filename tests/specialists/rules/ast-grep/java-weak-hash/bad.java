class Sum {
  byte[] of(byte[] data) throws Exception {
    // ruleid: java-weak-hash
    return MessageDigest.getInstance("MD5").digest(data);
  }
}
