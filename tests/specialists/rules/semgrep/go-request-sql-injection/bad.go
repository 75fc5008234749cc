package shop

func list(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	query := "SELECT id FROM users WHERE name = '" + name + "'"
	// ruleid: go-request-sql-injection
	rows, err := db.Query(query)
	use(rows, err)
}

func sorted(c *gin.Context) {
	// ruleid: go-request-sql-injection
	db.Raw("SELECT * FROM users ORDER BY " + c.Query("by")).Scan(&users)
}
