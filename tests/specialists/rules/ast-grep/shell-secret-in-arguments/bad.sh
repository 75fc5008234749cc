#!/bin/sh
# ruleid: shell-secret-in-arguments
docker login -u bot -p "$REGISTRY_TOKEN" registry.example.com
# ruleid: shell-secret-in-arguments
mysqldump -u root -p"$DB_PASSWORD" shop > dump.sql
