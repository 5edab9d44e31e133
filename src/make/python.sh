#!/usr/bin/env bash
# Runs a script with the system's python3 (not with whatever a version manager puts before it).
set -eu
if [ -x /usr/bin/python3 ]; then exec /usr/bin/python3 "$@"; fi
exec python3 "$@"
