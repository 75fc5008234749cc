package web

func mail(w http.ResponseWriter, r *http.Request) {
	view, err := template.New("mail").Parse("Dear {{.}}")
	use(view, err)
	view.Execute(w, r.FormValue("name"))
}
