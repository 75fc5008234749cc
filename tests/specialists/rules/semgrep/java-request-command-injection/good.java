class Ping {
  void run(HttpServletRequest request) throws IOException {
    int count = Integer.parseInt(request.getParameter("count"));
    new ProcessBuilder("ping", "-c", String.valueOf(count), HOST).start();
    Runtime.getRuntime().exec("uptime");
  }
}
