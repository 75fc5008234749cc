#!/bin/sh
# Builds .venv from the lock files: `sh scripts/bootstrap.sh run` for what the program needs,
# `dev` for the checks and tests as well. A second call finds the stamp and returns at once.
#
# Needs git and Python 3.11 or newer; uses uv where it is, else pip. PYTHON=... chooses another.
set -eu

level=${1:-run}
cd "$(dirname "$0")/.."
venv=.venv
python=$venv/bin/python

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "error: $1"
    shift
    for hint in "$@"; do say "       $hint"; done
    exit 2
}

case $level in
    run) locks="requirements.lock requirements-build.lock" ;;
    dev) locks="requirements-dev.lock" ;;
    *) fail "unknown level: $level" "Use run or dev." ;;
esac

supported() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# The interpreter itself, not a version manager's shim: a shim costs a fifth of a second a start.
find_python() {
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if supported "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
}

stamp_value() {
    cat requirements*.lock pyproject.toml scripts/bootstrap.sh | cksum
    pwd
}

stamped() {
    [ -f "$venv/.synapse-$1" ] && [ "$(cat "$venv/.synapse-$1")" = "$value" ] && supported "$python"
}

make_venv() {
    found=$(find_python)
    if [ -z "$found" ]; then
        have=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no python3")
        fail "Python 3.11 or newer is needed, and here is $have." \
            "Debian 12 or newer:  apt-get install python3 python3-pip" \
            "elsewhere:           install uv, run \`uv python install 3.13\`" \
            "then:                make $level PYTHON=/path/to/python3.13"
    fi
    say "· $venv with $("$found" --version) ($found)"
    rm -rf "$venv"
    if [ -n "$uv" ]; then
        uv venv --quiet --python "$found" "$venv"
    elif "$found" -c 'import ensurepip' >/dev/null 2>&1; then
        "$found" -m venv "$venv"
    elif "$found" -m pip --version >/dev/null 2>&1; then
        # Debian without python3-venv: the environment is made bare, and the pip outside fills it.
        "$found" -m venv --without-pip "$venv"
    else
        fail "this Python has neither venv with pip nor pip of its own." \
            "apt-get install python3-venv"
    fi
}

# pip inside the environment, or the one outside where there is none inside.
pip() {
    if "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip "$@"
    else
        outer=$("$python" -c 'import sys; print(sys._base_executable)')
        "$outer" -m pip --python "$python" "$@"
    fi
}

# Bytecode is compiled here, once: without it every start parses every module again.
install_locked() {
    set --
    for lock in $locks; do set -- "$@" -r "$lock"; done
    if [ -n "$uv" ]; then
        say "· uv: $locks"
        uv pip install --quiet --python "$python" --require-hashes --compile-bytecode "$@"
        uv pip install --quiet --python "$python" --no-deps --no-build-isolation --editable .
    else
        say "· pip: $locks (a minute or two the first time)"
        pip install --quiet --quiet --disable-pip-version-check --require-hashes "$@"
        pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
    fi
    "$python" -m compileall -q synapse_bot
}

command -v git >/dev/null 2>&1 || fail "git is needed." "apt-get install git"
value=$(stamp_value)
if stamped dev || stamped "$level"; then exit 0; fi
uv=$(command -v uv || true)
if [ -n "$uv" ] && ! uv --version >/dev/null 2>&1; then uv=""; fi
if ! supported "$python"; then make_venv; fi
install_locked
printf '%s\n' "$value" >"$venv/.synapse-$level"
