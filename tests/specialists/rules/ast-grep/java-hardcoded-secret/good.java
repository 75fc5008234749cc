class Keys {
  static final String JWT_SECRET = System.getenv("JWT_SECRET");
  static final String PASSWORD = "password";

  Key key(byte[] secret) {
    return new SecretKeySpec(secret, "AES");
  }
}
