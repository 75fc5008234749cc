package auth

var jwtKey = []byte(os.Getenv("JWT_KEY"))
var store = sessions.NewCookieStore(jwtKey)
