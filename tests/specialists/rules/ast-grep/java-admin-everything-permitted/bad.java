class Security {
    void configure(Requests requests) throws Exception {
        // ruleid: java-admin-everything-permitted
        requests.requestMatchers("/admin/**").permitAll();
        // ruleid: java-admin-everything-permitted
        requests.antMatchers("/", "/actuator/env").permitAll();
    }
}
