package web

func hook(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-unbounded-body
	body, err := io.ReadAll(r.Body)
	use(body, err)
}
