function load(text) {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the caller shows the text as it is.
  }
  try {
    return save(text);
  } catch (error) {
    log(error);
  }
  return null;
}
