#!/usr/bin/env bash
# Starts the server that stands beside this file with whatever .NET runtime this machine has.
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
for dotnet in "${DOTNET_ROOT:-/nowhere}/dotnet" "$(command -v dotnet 2>/dev/null)" "${HOME:-/root}/.dotnet/dotnet" \
    /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet /usr/local/share/dotnet/dotnet; do
  if [ -n "$dotnet" ] && [ -x "$dotnet" ] && "$dotnet" --list-runtimes 2>/dev/null | grep -q '^Microsoft.AspNetCore.App 10\.'; then
    exec "$dotnet" "$here/server/workers-server.dll" "$@"
  fi
done
echo "workers-server: no ASP.NET Core 10 runtime found; install dotnet 10 or set DOTNET_ROOT." >&2
exit 1
