package web

// ruleid: go-tls-old-version
var config = &tls.Config{MinVersion: tls.VersionTLS10}
