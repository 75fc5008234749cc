package shop

func list(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	rows, err := db.Query("SELECT id FROM users WHERE name = $1", name)
	use(rows, err)
	page, _ := strconv.Atoi(r.FormValue("page"))
	rows, err = db.Query(fmt.Sprintf("SELECT id FROM users LIMIT 10 OFFSET %d", page*10))
	use(rows, err)
}
