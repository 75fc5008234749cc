#!/bin/sh
rm -rf "${BUILD_DIR:?}/"
rm -rf build/
rm -rf "$BUILD_DIR"
