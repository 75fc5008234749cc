package web

func login(w http.ResponseWriter, r *http.Request) {
	log.Printf("login of %q failed", r.FormValue("user"))
	log.Println("login failed")
}
