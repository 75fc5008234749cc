class Ping {
  void run(HttpServletRequest request) throws IOException {
    String host = request.getParameter("host");
    // ruleid: java-request-command-injection
    Runtime.getRuntime().exec("ping " + host);
    // ruleid: java-request-command-injection
    new ProcessBuilder("sh", "-c", "ping " + host).start();
  }
}
