function load(text) {
  try {
    return JSON.parse(text);
    // ruleid: javascript-swallowed-exception
  } catch (error) {}
  return null;
}
