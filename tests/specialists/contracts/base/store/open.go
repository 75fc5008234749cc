package store

// Open opens the file at path.
func Open(path string) error { return nil }
