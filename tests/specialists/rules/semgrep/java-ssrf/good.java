class Preview {
  @GetMapping("/preview")
  String show(@RequestParam String id) throws IOException {
    return restTemplate.getForObject("https://api.example.com/items/" + id, String.class);
  }
}
