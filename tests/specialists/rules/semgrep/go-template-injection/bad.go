package web

func mail(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-template-injection
	view, err := template.New("mail").Parse("Dear " + r.FormValue("name"))
	use(view, err)
}
