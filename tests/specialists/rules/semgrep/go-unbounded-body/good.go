package web

func hook(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	body, err := io.ReadAll(r.Body)
	use(body, err)
}

func answer(resp *http.Response) ([]byte, error) {
	return io.ReadAll(resp.Body)
}
