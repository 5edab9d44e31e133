#!/usr/bin/env bash
# Gets what the peers of `make bench ONLY=peers` are made of. Fails where npm cannot be had; the bench then says so.
set -eu
cd "$(dirname "$0")/../.."
mkdir -p dist/peers
cp tests/bench/peers/* dist/peers/
cmp -s dist/peers/package.json dist/peers/.installed && exit 0
npm install --prefix dist/peers --no-audit --no-fund --silent
cp dist/peers/package.json dist/peers/.installed
