package bank;

public class Account {
  public void pay(String to, int sum, String note) {}
}
