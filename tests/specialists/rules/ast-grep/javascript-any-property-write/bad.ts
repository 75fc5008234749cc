class Editor {
  update(user: User, field: string, value: unknown): void {
    // ruleid: javascript-any-property-write
    (user as any)[field] = value;
  }
}
