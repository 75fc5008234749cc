package shop

import "crypto/tls"

var config = &tls.Config{MinVersion: tls.VersionTLS12}
