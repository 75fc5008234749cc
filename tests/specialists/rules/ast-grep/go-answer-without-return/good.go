package web

func show(w http.ResponseWriter, r *http.Request) {
	item, err := load(r.FormValue("id"))
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	if err := render(w, item); err != nil {
		http.Error(w, "cannot show it", http.StatusInternalServerError)
	}
}
