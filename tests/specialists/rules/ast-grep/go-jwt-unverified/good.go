package auth

func claims(text string) {
	token, err := jwt.Parse(text, key, jwt.WithValidMethods([]string{"HS256"}))
	use(token, err)
}
