class Dice {
  int roll() {
    // ruleid: java-insecure-random
    return new java.util.Random().nextInt(6);
  }
}
