#!/bin/sh
tmp=$(mktemp)
echo start > "$tmp"
