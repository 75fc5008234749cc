package hook

func valid(got, body []byte) bool {
	return hmac.Equal(sum(body), got) && bytes.Equal(body, want)
}
