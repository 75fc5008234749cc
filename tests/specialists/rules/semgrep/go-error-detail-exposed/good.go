package web

func show(w http.ResponseWriter, r *http.Request) {
	if err := load(r); err != nil {
		log.Print(err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
}
