class Client {
    void open(HttpsURLConnection connection) {
        // ruleid: java-tls-verification-off
        connection.setHostnameVerifier((host, session) -> true);
    }
}
