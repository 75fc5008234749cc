#!/bin/sh
# Reviews the bundled sample: a small shop whose branch feature/checkout plants real defects.
set -eu
cd "$(dirname "$0")/.."

bot=$PWD/.venv/bin/synapse-bot
out=$PWD/out/demo
rm -rf "$out"
mkdir -p "$out"
git clone --quiet --branch feature/checkout demo/sample.bundle "$out/sample"
git -C "$out/sample" branch --quiet main origin/main

echo "$ synapse-bot review --base main --head feature/checkout"
echo
code=0
(cd "$out/sample" && "$bot" review --base main --head feature/checkout --out "$out/review" \
    --format terminal --format markdown --format json --format sarif) || code=$?

echo
echo "The artefacts, in out/demo/review:"
for file in "$out"/review/*; do
    printf '  %8s bytes  %s\n' "$(wc -c <"$file" | tr -d ' ')" "out/demo/review/${file##*/}"
done
echo
echo "Next:  cd out/demo/sample"
echo "       $bot plan --base main               what ran, and why"
echo "       $bot review --base main --fail-on high; echo \$?"
echo "       $bot runs list                      the record of this review"
# A demo shows findings: those are no failure of the demo. Anything else is.
case $code in 0 | 1) ;; *) exit "$code" ;; esac
