package net

func status(url string) (int, error) {
	// ruleid: go-body-not-closed
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}
