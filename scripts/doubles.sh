#!/bin/sh
# Installs into .venv/doubles what tests/llm/test_foreign_doubles.py runs: two servers that others
# wrote, which speak the wires of OpenAI and Anthropic. They have an environment of their own: one
# brings a plugin into every pytest, the other runs on node, which comes with it. A second call
# finds the stamp and returns at once. Needs `make dev`; uses uv where it is, else pip.
set -eu
cd "$(dirname "$0")/.."
home=.venv/doubles
locks=tests/llm/doubles
value=$(cat "$locks"/*.lock "$locks"/*.json scripts/doubles.sh | cksum)
stamp=$home/.stamp

fail() {
    printf 'error: %s\n' "$@" >&2
    exit 2
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$value" ]; then exit 0; fi
rm -rf "$home"
printf '· %s: two servers of others for the tests of models\n' "$home" >&2

if command -v uv >/dev/null 2>&1 && uv --version >/dev/null 2>&1; then
    uv venv --quiet --python .venv/bin/python "$home"
    uv pip install --quiet --python "$home/bin/python" --require-hashes --only-binary :all: \
        --compile-bytecode -r "$locks/requirements.lock" ||
        fail "the package index cannot be reached, or does not have what $locks pins"
else
    pip=.venv/bin/python
    "$pip" -m pip --version >/dev/null 2>&1 ||
        pip=$("$pip" -c 'import sys; print(sys._base_executable)')
    .venv/bin/python -m venv --without-pip "$home"
    "$pip" -m pip --python "$home/bin/python" install --quiet --disable-pip-version-check \
        --require-hashes --only-binary :all: -r "$locks/requirements.lock" ||
        fail "the package index cannot be reached, or does not have what $locks pins"
fi

cp "$locks/package.json" "$locks/package-lock.json" "$home"
bin=$PWD/$home/bin
(cd "$home" && PATH="$bin:$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel error) >&2 ||
    fail "npm's registry cannot be reached, or does not have what $locks pins"
ln -s ../node_modules/.bin/aimock "$bin/aimock"
printf '%s\n' "$value" >"$stamp"
