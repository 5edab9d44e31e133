#!/usr/bin/env bash
# Gets the S3-speaking server that the tests of the S3 store run against. Without npm they are skipped and say so.
cd "$(dirname "$0")/../.."
[ -x dist/s3rver/node_modules/.bin/s3rver ] && exit 0
command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1 || exit 0
mkdir -p dist/s3rver
npm install --prefix dist/s3rver --no-audit --no-fund --silent s3rver@3.7.1 >/dev/null 2>&1 || echo "test: s3rver could not be installed; the tests of the S3 store are skipped"
