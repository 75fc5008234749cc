class Cookies {
  void set(HttpServletResponse response, String value) {
    Cookie cookie = new Cookie("theme", value);
    // ruleid: java-insecure-cookie
    cookie.setSecure(false);
    response.addCookie(cookie);
    Cookie session = new Cookie("session_id", value);
    // ruleid: java-insecure-cookie
    response.addCookie(session);
  }
}
