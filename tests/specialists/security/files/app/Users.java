class Users {
  @GetMapping("/users")
  List<User> list(@RequestParam("order") String order) {
    return entityManager.createNativeQuery("SELECT * FROM users ORDER BY " + order).getResultList();
  }
}
