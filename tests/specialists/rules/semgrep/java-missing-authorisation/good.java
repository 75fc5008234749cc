@RestController
class Orders {
  @PreAuthorize("hasRole('ADMIN')")
  @PostMapping("/orders")
  Order create(@RequestBody Order order) {
    return store.save(order);
  }

  @PreAuthorize("hasRole('ADMIN')")
  @DeleteMapping("/orders/{id}")
  void remove(@PathVariable long id) {
    store.deleteById(id);
  }

  @GetMapping("/orders")
  List<Order> list() {
    return store.findAll();
  }
}
