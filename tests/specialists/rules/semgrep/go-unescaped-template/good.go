package web

import (
	"html/template"
	"net/http"
)

func page(w http.ResponseWriter, r *http.Request) {
	view := template.Must(template.ParseFiles("page.html"))
	view.Execute(w, r.FormValue("q"))
}
