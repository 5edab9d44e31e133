#!/usr/bin/env bash
# Builds the solution and lays out dist/: workers-server (a launcher that finds dotnet by itself), server/ and python/.
set -euo pipefail
cd "$(dirname "$0")/../.."
dotnet=$(src/make/find-dotnet.sh)
log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly() {
  if ! "$@" >"$log" 2>&1; then
    grep -E '(error|warning) ' "$log" | sort -u | head -40 >&2 || true
    tail -5 "$log" >&2
    exit 1
  fi
}

quietly "$dotnet" restore Workers.sln
quietly "$dotnet" build Workers.sln -c Release --no-restore -m:2 -nodeReuse:false
quietly "$dotnet" publish src/Workers.Server -c Release --no-build -o dist/server -nodeReuse:false
rm -rf dist/python
mkdir -p dist/python
cp -R src/python/workers_kit dist/python/
find dist/python -name __pycache__ -prune -exec rm -rf {} +
install -m 755 src/make/launch.sh dist/workers-server
echo "built dist/workers-server"
