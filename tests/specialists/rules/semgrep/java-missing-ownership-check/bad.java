@RestController
class Orders {
  @GetMapping("/orders")
  List<Order> mine(Principal principal) {
    return orderRepository.findByOwner(principal.getName());
  }

  @GetMapping("/orders/{id}")
  Order show(@PathVariable Long id) {
    // ruleid: java-missing-ownership-check
    return orderRepository.findById(id).orElseThrow();
  }
}
