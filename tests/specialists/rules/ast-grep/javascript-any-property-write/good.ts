class Editor {
  update(user: User, field: "name" | "email", value: string): void {
    user[field] = value;
    (window as any)["debug"] = true;
  }
}
