exports.put = function put(value, key) {
  return [key, value];
};
