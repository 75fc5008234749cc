class Reset {
  String code() {
    // ruleid: java-insecure-random-secret
    int otp = new Random().nextInt(1000000);
    // ruleid: java-insecure-random-secret
    String token = RandomStringUtils.randomAlphanumeric(20);
    return token + otp;
  }
}
