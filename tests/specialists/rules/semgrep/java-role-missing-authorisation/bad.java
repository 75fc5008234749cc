class OrderController {
    @GetMapping("/orders")
    @RolesAllowed("ADMIN")
    List<Order> all() { return orders.findAll(); }

    // ruleid: java-role-missing-authorisation
    @DeleteMapping("/orders/{id}")
    void remove(@PathVariable long id) { orders.deleteById(id); }
}
