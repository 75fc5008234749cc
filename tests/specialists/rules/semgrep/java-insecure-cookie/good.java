class Cookies {
  void set(HttpServletResponse response, String value) {
    Cookie cookie = new Cookie("session_id", value);
    cookie.setSecure(true);
    cookie.setHttpOnly(true);
    response.addCookie(cookie);
    Cookie theme = new Cookie("theme", value);
    response.addCookie(theme);
  }
}
