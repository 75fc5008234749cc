async function save(items) {
  for (const item of items) {
    await store(item);
  }
  await Promise.all(items.map(async (item) => store(item)));
  items.forEach((item) => log(item));
}
