class Web {
  void cors(CorsRegistry registry) {
    registry.addMapping("/**").allowedOrigins("https://shop.example").allowCredentials(true);
    registry.addMapping("/open/**").allowedOrigins("*");
  }
}
