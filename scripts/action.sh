#!/usr/bin/env bash
# The GitHub action: the program of this very revision, its locked dependencies, one review.
# Reads INPUT_* and the runner's GITHUB_*, RUNNER_TEMP; exits with the review's exit code.
set -euo pipefail

bot=$GITHUB_ACTION_PATH
home=$RUNNER_TEMP/synapse-bot
out=$home/review
mkdir -p "$out"
python=$home/venv/bin/python

# Nothing is resolved here: each file that is installed has its hash in the lock. The folder of the
# change is left first, so that no configuration of its own can redirect the installer.
if [[ ! -x $python ]]; then
    (cd "$home" && "${INPUT_PYTHON:-python3}" -m venv venv &&
        "$python" -m pip install --quiet --disable-pip-version-check --no-cache-dir \
            --require-hashes --requirement "$bot/requirements.lock")
fi
# -P: the reviewed tree, which is the working folder, is no place to import from.
synapse_bot() { PYTHONPATH=$bot "$python" -P -m synapse_bot "$@"; }

if [[ ${INPUT_INSTALL_TOOLS:-true} == true ]]; then
    (cd "$home" && synapse_bot tools install)
fi

arguments=(--out "$out" --format terminal --format markdown --format json --format sarif)
# A push that makes a branch has no commit before it: the default branch is the base then.
if [[ -n ${INPUT_PR:-} && ${INPUT_POST:-true} == true ]]; then
    arguments+=(--pr "$INPUT_PR")
elif [[ -n ${INPUT_BASE:-} && ${INPUT_BASE//0/} ]]; then
    arguments+=(--base "$INPUT_BASE" --head "${INPUT_HEAD:-HEAD}")
fi
option() { if [[ -n $2 ]]; then arguments+=("$1" "$2"); fi; }
option --route "${INPUT_ROUTE:-}"
option --fail-on "${INPUT_FAIL_ON:-}"
option --on-incomplete "${INPUT_ON_INCOMPLETE:-}"
option --min-severity "${INPUT_MIN_SEVERITY:-}"
option --deadline "${INPUT_DEADLINE:-}"

# Text of the change is printed here: no line of it may act as a command of the runner.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
code=0
GITHUB_TOKEN=${INPUT_GITHUB_TOKEN:-} synapse_bot review "${arguments[@]}" || code=$?
echo "::$token::"

"$python" -P "$bot/scripts/action_outputs.py" "$out" "$code" >>"$GITHUB_OUTPUT"
if [[ -n ${GITHUB_STEP_SUMMARY:-} && -f $out/synapse-review.md ]]; then
    cat "$out/synapse-review.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
