export class Cache {
  private history: string[] = [];
  private names: string[] = [];

  set(key: string): void {
    this.history.push(key);
    this.names.push(key);
    if (this.history.length > 100) this.history.shift();
  }
}
