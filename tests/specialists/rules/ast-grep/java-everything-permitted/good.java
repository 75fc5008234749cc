class Security {
  void configure(HttpSecurity http) throws Exception {
    http.authorizeHttpRequests(
        r -> r.requestMatchers("/public/**").permitAll().anyRequest().authenticated());
  }
}
