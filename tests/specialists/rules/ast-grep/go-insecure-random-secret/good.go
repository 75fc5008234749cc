package token

import "math/rand"

func pick(n int) int {
	delay := rand.Intn(n)
	return delay
}
