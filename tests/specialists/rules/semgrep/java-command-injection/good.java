class Ping {
    void ping(String host) throws IOException {
        Runtime.getRuntime().exec("uptime");
        new ProcessBuilder("ping", "-c", "1", host).start();
    }
}
