class Security {
  SecurityFilterChain chain(HttpSecurity http) throws Exception {
    // ruleid: java-csrf-off
    http.csrf(csrf -> csrf.disable());
    return http.build();
  }

  void old(HttpSecurity http) throws Exception {
    // ruleid: java-csrf-off
    http.csrf().disable();
  }
}
