package shop

import "crypto/tls"

// ruleid: go-tls-verification-off
var config = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
