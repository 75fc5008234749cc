#!/bin/bash
eval "$(ssh-agent -s)"
git checkout -- "$branch"
bash -c 'git status'
