package web

func routes(r *gin.Engine) {
	r.GET("/orders", list)
	r.POST("/orders", requireAuth(), create)
	r.DELETE("/orders/:id", requireAuth(), remove)
	r.POST("/login", login)
}
