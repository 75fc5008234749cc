#!/usr/bin/env bash
# The GitHub action: the program of this very revision, its locked dependencies, one command.
# synapse_bot/entry/action.py chooses the command from INPUT_* and the event; its exit code is ours.
set -euo pipefail

bot=$GITHUB_ACTION_PATH
home=$RUNNER_TEMP/synapse-bot
python=$home/venv/bin/python
mkdir -p "$home"

# Secrets stay in this shell until the program starts: no installer has them in its environment.
export -n INPUT_GITHUB_TOKEN INPUT_OPENAI_API_KEY INPUT_ANTHROPIC_API_KEY
give() { if [[ -n $2 ]]; then export "$1=$2"; fi; }

# Nothing is resolved here: each file that is installed has its hash in the lock. The folder of the
# change is left first, so that no configuration of its own can redirect the installer.
install() {
    "${INPUT_PYTHON:-python3}" -m venv venv && "$python" -m pip install --quiet \
        --disable-pip-version-check --no-cache-dir --require-hashes \
        --requirement "$bot/requirements.lock"
}
# -P: the reviewed tree, which is the working folder, is no place to import from.
run() { PYTHONPATH=$bot "$python" -P -m "$@"; }

# What could not be installed is an incomplete review; 1 would say that there are findings.
if [[ ! -x $python ]] && ! (cd "$home" && install); then
    rm -rf "$home/venv"
    exit 3
fi
if [[ ${INPUT_INSTALL_TOOLS:-true} == true ]]; then
    (cd "$home" && run synapse_bot tools install) || exit 3
fi

give GITHUB_TOKEN "${INPUT_GITHUB_TOKEN:-}"
give OPENAI_API_KEY "${INPUT_OPENAI_API_KEY:-}"
give ANTHROPIC_API_KEY "${INPUT_ANTHROPIC_API_KEY:-}"

# Standard output shields itself (--annotate). Notes and errors, which may hold text of the change,
# are shown where no line of them can act as a command of the runner.
code=0
run synapse_bot.entry.action 2>"$home/notes" || code=$?
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
cat "$home/notes"
printf '\n::%s::\n' "$token"
exit "$code"
