package shop

import (
	"database/sql"
	"fmt"
)

func find(db *sql.DB, name string) (*sql.Rows, error) {
	// ruleid: go-sql-injection
	return db.Query(fmt.Sprintf("SELECT * FROM users WHERE name = '%s'", name))
}
