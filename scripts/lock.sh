#!/bin/sh
# Resolves pyproject.toml into lock files with hashes that hold for Python 3.11 to 3.14.
# Pins that are already there stay; `make lock LOCK_ARGS=--upgrade` moves them. Needs uv.
set -eu
cd "$(dirname "$0")/.."

command -v uv >/dev/null 2>&1 || {
    echo "error: uv is needed to resolve: pip install uv" >&2
    exit 2
}

# The user's own configuration (mirrors, extra indexes) must not get into the files.
compile() {
    # shellcheck disable=SC2086 # LOCK_ARGS is a list of words
    uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command "make lock" ${LOCK_ARGS:-} "$@"
}

compile pyproject.toml --group dev --group docs --output-file requirements-dev.lock
# The smaller ones are subsets of it, so that one environment satisfies all.
compile pyproject.toml --constraint requirements-dev.lock --output-file requirements.lock
compile pyproject.toml --extra fleet --constraint requirements-dev.lock \
    --output-file requirements-fleet.lock
echo hatchling | compile - --constraint requirements-dev.lock --output-file requirements-build.lock
compile tests/llm/doubles/requirements.in --output-file tests/llm/doubles/requirements.lock
