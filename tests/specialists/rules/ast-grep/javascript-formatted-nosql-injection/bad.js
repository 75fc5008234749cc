function stocksAbove(userId, threshold) {
  return {
    // ruleid: javascript-formatted-nosql-injection
    $where: `this.userId == ${userId} && this.stocks > '${threshold}'`,
  };
}

function named(name) {
  // ruleid: javascript-formatted-nosql-injection
  return accounts.find({ $where: "this.name == '" + name + "'" });
}
