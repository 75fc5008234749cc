#!/bin/sh
curl -fsSL https://get.example.com -o setup.sh
echo "$SUM  setup.sh" | sha256sum -c -
sh setup.sh
curl -s https://api.example.com | jq .
