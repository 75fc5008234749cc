#!/bin/sh
# ruleid: shell-file-permissions
chmod -R 777 /srv/data
