function calc(text, body) {
  // ruleid: javascript-code-injection
  const value = eval(text);
  // ruleid: javascript-code-injection
  return new Function("x", body)(value);
}
