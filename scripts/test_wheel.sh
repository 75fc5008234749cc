#!/bin/sh
# Installs the newest wheel of dist/ into an environment of its own, without the source tree, runs
# the command from there and then the tests against it.
set -eu
cd "$(dirname "$0")/.."
# shellcheck disable=SC2012 # our own names, by age
wheel=$(ls -t "$PWD"/dist/*.whl | head -n 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset PYTHONDONTWRITEBYTECODE || true

.venv/bin/python -m venv "$work/venv"
python=$work/venv/bin/python
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    -r requirements-dev.lock
"$python" -m pip install --quiet --disable-pip-version-check --no-deps "$wheel"

# The tests and what they read, but no synapse_bot/: an import can only mean the wheel.
git ls-files -z --cached --others --exclude-standard | grep -zv '^synapse_bot/' |
    tar --create --null --files-from=- | tar --extract --directory="$work" --one-top-level=tree
cd "$work/tree"
export PATH="$work/venv/bin:$PATH"
synapse-bot --version
"$python" -c 'import synapse_bot as s; assert "site-packages" in s.__file__, s.__file__'
# shellcheck disable=SC2086 # a list of words
"$python" -P -m pytest ${PYTEST_ARGS:--n auto} --ignore=tests/setup "$@"
