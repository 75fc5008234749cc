package web

var config = &tls.Config{MinVersion: tls.VersionTLS12}
