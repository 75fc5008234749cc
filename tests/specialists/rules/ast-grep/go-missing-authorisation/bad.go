package web

func routes(r *gin.Engine) {
	r.GET("/orders", requireAuth(), list)
	r.POST("/orders", requireAuth(), create)
	// ruleid: go-missing-authorisation
	r.DELETE("/orders/:id", remove)
	r.POST("/login", login)
}
