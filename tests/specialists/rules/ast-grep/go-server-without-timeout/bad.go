package main

func main() {
	// ruleid: go-server-without-timeout
	server := &http.Server{Addr: ":8080", Handler: mux}
	use(server)
	// ruleid: go-server-without-timeout
	http.ListenAndServe(":8080", nil)
}
