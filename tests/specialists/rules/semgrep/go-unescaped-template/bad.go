package web

import (
	"net/http"
	"text/template"
)

func page(w http.ResponseWriter, r *http.Request) {
	view := template.Must(template.ParseFiles("page.html"))
	// ruleid: go-unescaped-template
	view.Execute(w, r.FormValue("q"))
}
