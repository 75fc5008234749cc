class Web {
  void cors(CorsRegistry registry) {
    // ruleid: java-cors-any-origin-with-credentials
    registry.addMapping("/**").allowedOriginPatterns("*").allowCredentials(true);
  }

  void reflect(HttpServletRequest request, HttpServletResponse response) {
    // ruleid: java-cors-any-origin-with-credentials
    response.setHeader("Access-Control-Allow-Origin", request.getHeader("Origin"));
  }
}
