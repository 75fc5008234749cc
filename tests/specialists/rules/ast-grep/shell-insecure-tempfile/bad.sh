#!/bin/sh
# ruleid: shell-insecure-tempfile
tmp=/tmp/build.$$
echo start > "$tmp"
