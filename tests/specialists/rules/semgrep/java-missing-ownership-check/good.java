@RestController
class Orders {
  @GetMapping("/orders")
  List<Order> mine(Principal principal) {
    return orderRepository.findByOwner(principal.getName());
  }

  @GetMapping("/orders/{id}")
  Order show(@PathVariable Long id, Principal principal) {
    return orderRepository.findByIdAndOwner(id, principal.getName()).orElseThrow();
  }

  @PostAuthorize("returnObject.owner == authentication.name")
  @GetMapping("/orders/{id}/again")
  Order again(@PathVariable Long id) {
    return orderRepository.findById(id).orElseThrow();
  }
}
