package disk

func save(b []byte) error {
	// ruleid: go-file-permissions
	return os.WriteFile("state.json", b, 0666)
}
