package web

func login(user User) {
	log.Printf("login %s", user.Name)
	log.Print("wrong password")
}
