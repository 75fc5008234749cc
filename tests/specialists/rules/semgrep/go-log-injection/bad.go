package web

func login(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-log-injection
	log.Printf("login of %s failed", r.FormValue("user"))
}
