class Security {
  PasswordEncoder encoder() {
    return new BCryptPasswordEncoder();
  }
}
