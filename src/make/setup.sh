#!/usr/bin/env bash
# Makes a fresh machine able to build, test and demo. Does nothing, quickly, where all is there. Fails only for what cannot be done without:
# a .NET SDK; the rest is named when it is missing, and what needs it says so again.
set -u
cd "$(dirname "$0")/../.."

have() { command -v "$1" >/dev/null 2>&1; }
have_module() { src/make/python.sh -c "import importlib.util as u, sys; sys.exit(u.find_spec('$1') is None)" 2>/dev/null; }

missing=()
have "${REDIS:-redis-server}" || missing+=(redis-server)
have "${BLENDER:-blender}" || missing+=(blender)
[ -x /usr/bin/python3 ] || have python3 || missing+=(python3)
# A distribution's Blender runs in the system's Python and needs numpy there for glTF and STL; Blender's own builds bring theirs.
[ -n "${BLENDER:-}" ] || ! have apt-get || have_module numpy || missing+=(python3-numpy)
have_module matplotlib || missing+=(python3-matplotlib)
have setsid || missing+=(util-linux)
have column || missing+=(bsdextrautils)
have curl || missing+=(curl)

# The package names of each package manager for what is missing.
package_command() {
  local names="${missing[*]}"
  if have apt-get; then
    echo "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $names"
  elif have dnf; then
    echo "dnf install -y ${names/redis-server/redis}"
  elif have pacman; then
    names=${names/redis-server/redis}
    echo "pacman -S --noconfirm ${names//python3/python}"
  elif have brew; then
    names=${names/redis-server/redis}
    names=${names/python3-matplotlib/python-matplotlib}
    echo "brew install ${names/util-linux/}"
  fi
}

install() {
  local command
  command=$(package_command)
  if [ -z "$command" ]; then
    echo "setup: no known package manager; please install: ${missing[*]}"
  elif [ "$(id -u)" = 0 ] || [[ $command == brew* ]]; then
    echo "setup: $command"
    bash -c "$command" >/dev/null || echo "setup: that failed; please install by hand: ${missing[*]}"
  elif [ -t 0 ] && have sudo; then
    echo "setup: missing: ${missing[*]}. The command would be:"
    echo "    sudo bash -c '$command'"
    read -r -p "Run it now? [y/N] " answer
    if [[ $answer == [yY]* ]]; then sudo bash -c "$command" >/dev/null || echo "setup: that failed."; fi
  else
    echo "setup: missing: ${missing[*]}. As root:  $command"
  fi
}

if [ ${#missing[@]} -gt 0 ]; then install; fi

have "${REDIS:-redis-server}" || echo "setup: without redis-server nothing runs. Install it, or point at one: REDIS=/path/to/redis-server"
have "${BLENDER:-blender}" || echo "setup: without blender the demo draws test cards and Blender's tests are skipped. Point at one: BLENDER=/path/to/blender"

have_module matplotlib || echo "setup: without matplotlib for python3 the plot engine is unavailable and its tests are skipped."

if ! src/make/find-dotnet.sh >/dev/null; then
  cat <<'TEXT'
setup: no .NET SDK 10 found (looked at DOTNET_ROOT, PATH, ~/.dotnet, /usr/share/dotnet, /usr/lib/dotnet).
       Install it from https://dotnet.microsoft.com/download/dotnet/10.0 or with your package manager (dotnet-sdk-10.0), then try again.
TEXT
  exit 1
fi
