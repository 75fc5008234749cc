package auth

func claims(text string) {
	// ruleid: go-jwt-unverified
	token, _, err := new(jwt.Parser).ParseUnverified(text, jwt.MapClaims{})
	use(token, err)
	// ruleid: go-jwt-unverified
	use(jwt.NewWithClaims(jwt.SigningMethodNone, nil))
}
