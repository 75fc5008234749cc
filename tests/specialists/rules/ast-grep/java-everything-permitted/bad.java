class Security {
  void configure(HttpSecurity http) throws Exception {
    // ruleid: java-everything-permitted
    http.authorizeHttpRequests(r -> r.anyRequest().permitAll());
  }
}
