class Security {
  PasswordEncoder encoder() {
    // ruleid: java-weak-password-hash
    return NoOpPasswordEncoder.getInstance();
  }
}
