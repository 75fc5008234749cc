class Keys {
  // ruleid: java-hardcoded-secret
  static final String JWT_SECRET = "correcthorsebattery";

  Key key() {
    // ruleid: java-hardcoded-secret
    return new SecretKeySpec("0123456789abcdef".getBytes(), "AES");
  }
}
