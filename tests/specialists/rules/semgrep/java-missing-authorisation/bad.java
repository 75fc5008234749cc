@RestController
class Orders {
  @PreAuthorize("hasRole('ADMIN')")
  @PostMapping("/orders")
  Order create(@RequestBody Order order) {
    return store.save(order);
  }

  // ruleid: java-missing-authorisation
  @DeleteMapping("/orders/{id}")
  void remove(@PathVariable long id) {
    store.deleteById(id);
  }
}
