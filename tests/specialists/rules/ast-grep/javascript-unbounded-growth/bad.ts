export class Cache {
  private history: string[] = [];

  set(key: string): void {
    // ruleid: javascript-unbounded-growth
    this.history.push(key);
  }
}
