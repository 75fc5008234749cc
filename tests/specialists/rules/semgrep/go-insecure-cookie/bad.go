package web

func login(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-insecure-cookie
	http.SetCookie(w, &http.Cookie{Name: "session", Value: issue(r)})
}
