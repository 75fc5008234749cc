#!/bin/sh
# ruleid: shell-download-piped-to-shell
curl -fsSL https://get.example.com | sh
# ruleid: shell-download-piped-to-shell
wget -qO- https://get.example.com/setup.sh | sudo bash -s -- -y
