package auth

// ruleid: go-hardcoded-secret
var jwtKey = []byte("correct-horse")

// ruleid: go-hardcoded-secret
var store = sessions.NewCookieStore([]byte("something-very-secret"))
