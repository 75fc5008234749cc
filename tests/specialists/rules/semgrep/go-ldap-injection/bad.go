package people

func find(w http.ResponseWriter, r *http.Request) {
	filter := fmt.Sprintf("(uid=%s)", r.FormValue("uid"))
	// ruleid: go-ldap-injection
	use(ldap.NewSearchRequest("ou=people", 2, 0, 0, 0, false, filter, nil, nil))
}
