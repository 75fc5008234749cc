#!/bin/bash
# ruleid: shell-code-injection
eval "$1"
# ruleid: shell-code-injection
bash -c "git checkout $branch"
