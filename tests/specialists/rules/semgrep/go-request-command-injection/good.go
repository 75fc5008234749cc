package ops

func ping(w http.ResponseWriter, r *http.Request) {
	host := r.FormValue("host")
	out, err := exec.Command("ping", "-c", "1", "--", host).Output()
	use(out, err)
}
