package disk

func save(b []byte) error {
	return os.WriteFile("state.json", b, 0o600)
}
