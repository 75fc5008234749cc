#!/bin/sh
# ruleid: shell-tls-verification-off
curl -sk https://api.example.com/key -o key
# ruleid: shell-tls-verification-off
export NODE_TLS_REJECT_UNAUTHORIZED=0
# ruleid: shell-tls-verification-off
ssh -o StrictHostKeyChecking=no deploy@host run
