class Tokens {
  Claims read(String token) {
    // ruleid: java-jwt-unverified
    return Jwts.parser().build().parseUnsecuredClaims(token).getPayload();
  }

  String write() {
    // ruleid: java-jwt-unverified
    return JWT.create().sign(Algorithm.none());
  }
}
