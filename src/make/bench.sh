#!/usr/bin/env bash
# Measures and writes the results to stdout and dist/bench.md. All of it takes about half an hour; one part: make bench ONLY=overhead
# (overhead, queue, renders, heavy, stopping, recovery, plots, previews, affinity, peers, shop, crowd, signed, farm; several with commas).
# Only when it is named: soak, 10,000 jobs (JOBS=) and whether memory, files, sockets, threads and processes stay as many.
set -euo pipefail
cd "$(dirname "$0")/../.."
dotnet=$(src/make/find-dotnet.sh)
[[ -n ${ONLY:-} && $ONLY != *signed* ]] || src/make/nginx.sh
exec "$dotnet" tests/Workers.Bench/bin/Release/net10.0/Workers.Bench.dll
