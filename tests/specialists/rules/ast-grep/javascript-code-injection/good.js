function calc(text) {
  eval("1 + 1");
  return JSON.parse(text);
}
