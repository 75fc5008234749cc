package box

func seal(key []byte) (cipher.Block, error) {
	return aes.NewCipher(key)
}
