class Calculator {
  @GetMapping("/calc")
  Object calc(@RequestParam String expression) {
    // ruleid: java-code-injection
    return new SpelExpressionParser().parseExpression(expression).getValue();
  }
}
