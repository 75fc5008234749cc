#!/bin/sh
chmod -R 750 /srv/data
chmod +x run.sh
