function stocksAbove(userId, threshold) {
  return { userId, stocks: { $gt: Number(threshold) } };
}

const empty = accounts.find({ $where: "this.credits == this.debits" });
const same = accounts.find({ $where: `this.credits == this.debits` });
