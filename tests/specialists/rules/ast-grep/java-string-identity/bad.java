class Roles {
  boolean admin(String role) {
    // ruleid: java-string-identity
    return role == "admin";
  }
}
