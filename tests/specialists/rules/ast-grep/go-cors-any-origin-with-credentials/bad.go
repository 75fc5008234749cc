package web

func setup() {
	// ruleid: go-cors-any-origin-with-credentials
	router.Use(cors.New(cors.Config{AllowAllOrigins: true, AllowCredentials: true}))
}

func reflect(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-cors-any-origin-with-credentials
	w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
}
