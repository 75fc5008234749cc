package web

func show(w http.ResponseWriter, r *http.Request) {
	item, err := load(r.FormValue("id"))
	// ruleid: go-answer-without-return
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
	}
	render(w, item)
}
