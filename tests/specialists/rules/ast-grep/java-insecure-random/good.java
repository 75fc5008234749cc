class Dice {
  int roll() {
    return new SecureRandom().nextInt(6);
  }
}
