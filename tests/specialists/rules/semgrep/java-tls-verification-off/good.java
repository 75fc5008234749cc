class Client {
    void open(HttpsURLConnection connection) {
        connection.setHostnameVerifier((host, session) -> host.equals("example.com"));
    }
}
