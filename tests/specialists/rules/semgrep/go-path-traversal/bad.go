package shop

import (
	"net/http"
	"os"
	"path/filepath"
)

func file(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Query().Get("name")
	// ruleid: go-path-traversal
	data, _ := os.ReadFile(filepath.Join("/srv/files", name))
	w.Write(data)
}

func download(c *gin.Context) {
	// ruleid: go-path-traversal
	c.File("/srv/files/" + c.Param("name"))
}
