package web

func setup() {
	router.Use(cors.New(cors.Config{AllowOrigins: origins, AllowCredentials: true}))
	router.Use(cors.New(cors.Config{AllowAllOrigins: true}))
}
