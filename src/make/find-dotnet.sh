#!/usr/bin/env bash
# Prints the path of a dotnet whose SDK can build this (10.0 or later); exits 1 when there is none.
set -u
for candidate in "${DOTNET_ROOT:-/nowhere}/dotnet" "$(command -v dotnet 2>/dev/null)" "${HOME:-/root}/.dotnet/dotnet" \
    /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet /usr/local/share/dotnet/dotnet /snap/bin/dotnet; do
  [ -n "$candidate" ] && [ -x "$candidate" ] || continue
  if "$candidate" --list-sdks 2>/dev/null | grep -qE '^(1[0-9]|[2-9][0-9])\.'; then
    echo "$candidate"
    exit 0
  fi
done
exit 1
