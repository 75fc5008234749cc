function prefixes(text) {
  const found = [];
  for (let i = 0; i <= text.length; i++) {
    found.push(text.slice(0, i));
  }
  for (let i = 0; i < text.length; i++) {
    found.push(text[i]);
  }
  return found;
}
