#!/bin/sh
# Writes deploy/.env with new secrets, once: what is there is never overwritten.
set -eu
umask 077
file=$(dirname "$0")/.env
if [ -e "$file" ]; then
    echo "kept: $file" >&2
    exit 0
fi

hex() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
base64_key() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }

new=$(mktemp "$file.XXXXXX")
cat >"$new" <<END
POSTGRES_PASSWORD=$(hex)
# Give this one to the GitHub App or the webhook of the repository:
SYNAPSE_BOT_GITHUB_WEBHOOK_SECRET=$(hex)
# And this one to the webhook of the GitLab group, as its signing token:
SYNAPSE_BOT_GITLAB_SIGNING_TOKEN=whsec_$(base64_key)
# Who posts: an App (with GITHUB_APP_KEY_FILE, the path of its key), or tokens.
SYNAPSE_BOT_GITHUB_APP_ID=
GITHUB_APP_KEY_FILE=/dev/null
GITHUB_TOKEN=
GITLAB_TOKEN=
END
mv "$new" "$file"
echo "written: $file" >&2
