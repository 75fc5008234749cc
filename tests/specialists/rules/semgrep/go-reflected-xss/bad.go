package web

func hello(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-reflected-xss
	fmt.Fprintf(w, "<h1>Hello %s</h1>", r.URL.Query().Get("name"))
	// ruleid: go-reflected-xss
	w.Write([]byte("<p>" + r.FormValue("q") + "</p>"))
}

func page(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-reflected-xss
	body := template.HTML(r.FormValue("body"))
	views.Execute(w, body)
}
