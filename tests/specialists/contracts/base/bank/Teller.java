package bank;

class Teller {
  void work(Account account) { account.pay("Ann", 1); }
}
