package ops

func ping(w http.ResponseWriter, r *http.Request) {
	host := r.FormValue("host")
	// ruleid: go-request-command-injection
	out, err := exec.Command("sh", "-c", "ping -c 1 "+host).Output()
	use(out, err)
	// ruleid: go-request-command-injection
	use(exec.Command(r.URL.Query().Get("tool")).Output())
}
