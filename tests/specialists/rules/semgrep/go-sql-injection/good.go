package shop

import "database/sql"

func find(db *sql.DB, name string) (*sql.Rows, error) {
	return db.Query("SELECT * FROM users WHERE name = ?", name)
}

func count(table string, kind int) error {
	_, err := db.Exec(fmt.Sprintf("SELECT count(*) FROM %s", table))
	_, err = db.Exec(fmt.Sprintf("DELETE FROM users WHERE kind = %d", kind))
	return err
}
