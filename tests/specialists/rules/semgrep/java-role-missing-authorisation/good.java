class OrderController {
    @GetMapping("/orders")
    @RolesAllowed("ADMIN")
    List<Order> all() { return orders.findAll(); }

    @DeleteMapping("/orders/{id}")
    @RolesAllowed("ADMIN")
    void remove(@PathVariable long id) { orders.deleteById(id); }

    @PostMapping("/login")
    void login() { }
}

class NoteController {
    @PostMapping("/notes")
    void add(@RequestBody Note note) { notes.save(note); }
}
