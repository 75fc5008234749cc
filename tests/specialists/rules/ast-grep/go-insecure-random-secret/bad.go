package token

import "math/rand"

// ruleid: go-insecure-random-secret
func generateToken() string {
	b := make([]byte, 16)
	for i := range b {
		b[i] = letters[rand.Intn(len(letters))]
	}
	return string(b)
}

func reset() {
	// ruleid: go-insecure-random-secret
	otp := rand.Intn(1000000)
	send(otp)
}
