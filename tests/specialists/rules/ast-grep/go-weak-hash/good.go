package sum

func name(b []byte) [32]byte {
	return sha256.Sum256(b)
}
