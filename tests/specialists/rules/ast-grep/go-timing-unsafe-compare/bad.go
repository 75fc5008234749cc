package hook

func valid(got, body []byte) bool {
	expected := sum(body)
	// ruleid: go-timing-unsafe-compare
	return bytes.Equal(expectedMAC(expected), got)
}
