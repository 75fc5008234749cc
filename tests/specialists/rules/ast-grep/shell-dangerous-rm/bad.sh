#!/bin/sh
# ruleid: shell-dangerous-rm
rm -rf $BUILD_DIR/
# ruleid: shell-dangerous-rm
sudo rm -rf "${CACHE}"/*
