package web

var visits = make(map[string]int)
var mu sync.Mutex

func count(w http.ResponseWriter, r *http.Request) {
	mu.Lock()
	defer mu.Unlock()
	visits[r.RemoteAddr]++
	seen := make(map[string]bool)
	seen["x"] = true
}

func fill() {
	visits["start"] = 0
}
