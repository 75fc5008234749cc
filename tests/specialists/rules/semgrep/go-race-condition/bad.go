package web

var visits = make(map[string]int)

func count(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-race-condition
	visits[r.RemoteAddr]++
	// ruleid: go-race-condition
	visits["last"] = 1
}
