function sum(values) {
  let total = 0;
  // ruleid: javascript-off-by-one
  for (let i = 0; i <= values.length; i++) {
    total += values[i];
  }
  return total;
}
