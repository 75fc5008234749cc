async function save(items) {
  // ruleid: javascript-async-foreach
  items.forEach(async (item) => {
    await store(item);
  });
}
