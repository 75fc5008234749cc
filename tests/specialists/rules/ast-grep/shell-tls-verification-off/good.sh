#!/bin/sh
curl -s --cacert ca.pem https://api.example.com/key -o key
curl -k https://localhost:8443/health
ssh -o StrictHostKeyChecking=accept-new deploy@host run
