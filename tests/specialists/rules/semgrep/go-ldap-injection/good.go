package people

func find(w http.ResponseWriter, r *http.Request) {
	filter := fmt.Sprintf("(uid=%s)", ldap.EscapeFilter(r.FormValue("uid")))
	use(ldap.NewSearchRequest("ou=people", 2, 0, 0, 0, false, filter, nil, nil))
}
