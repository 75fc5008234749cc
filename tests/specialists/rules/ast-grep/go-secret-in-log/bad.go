package web

func login(user User) {
	// ruleid: go-secret-in-log
	log.Printf("login %s %s", user.Name, user.Password)
}
