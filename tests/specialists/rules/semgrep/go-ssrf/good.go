package web

func fetch(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	resp, err := http.Get("https://api.example.com/items/" + id)
	use(resp, err)
	resp, err = http.Get(config.StatusURL)
	use(resp, err)
}
