package web

func after(w http.ResponseWriter, r *http.Request) {
	// ruleid: go-open-redirect
	http.Redirect(w, r, r.FormValue("next"), http.StatusFound)
}

func gone(c *gin.Context) {
	// ruleid: go-open-redirect
	c.Redirect(302, c.Query("to"))
}
