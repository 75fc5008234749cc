class Security {
    void configure(Requests requests) throws Exception {
        requests.requestMatchers("/admin/**").hasRole("ADMIN");
        requests.requestMatchers("/admin/login").permitAll();
        requests.requestMatchers("/actuator/health").permitAll();
        requests.requestMatchers("/", "/about").permitAll();
    }
}
