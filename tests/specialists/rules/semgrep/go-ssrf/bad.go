package web

func fetch(w http.ResponseWriter, r *http.Request) {
	target := r.URL.Query().Get("url")
	// ruleid: go-ssrf
	resp, err := http.Get(target)
	use(resp, err)
	// ruleid: go-ssrf
	req, err := http.NewRequest("GET", "https://"+r.FormValue("host")+"/status", nil)
	use(req, err)
}
