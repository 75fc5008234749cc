package web

func show(w http.ResponseWriter, r *http.Request) {
	if err := load(r); err != nil {
		// ruleid: go-error-detail-exposed
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
}
