class Reset {
  String code() {
    int otp = new SecureRandom().nextInt(1000000);
    double jitter = Math.random();
    return otp + "" + jitter;
  }
}
