package shop

import (
	"database/sql"
	"fmt"
)

func find(db *sql.DB, name string) (*sql.Rows, error) {
	// ruleid: go-sql-injection
	return db.Query(fmt.Sprintf("SELECT * FROM users WHERE name = '%s'", name))
}

func remove(db *sql.DB, id string) error {
	query := fmt.Sprintf("DELETE FROM orders WHERE id = %s", id)
	// ruleid: go-sql-injection
	_, err := db.Exec(query)
	return err
}

func login(ctx context.Context, name, pass string) error {
	query := "SELECT id FROM users WHERE name = '" + name + "' AND pass = '" + pass + "'"
	log.Print("login")
	if pass != "" {
		// ruleid: go-sql-injection
		_, err := pool.Exec(ctx, query)
		return err
	}
	return nil
}
