#!/usr/bin/env bash
# Every test, then one line that sums them up: N passed, N failed, N skipped. One suite after the other (two cores are enough for one), but for
# the Python suites, which mostly wait for one process at a time: they run beside the .NET suites that start few.
# Arguments go to `dotnet test`, e.g. src/make/test.sh --filter Lease
set -uo pipefail
cd "$(dirname "$0")/../.."
dotnet=$(src/make/find-dotnet.sh)
logs=$(mktemp -d)
log=$logs/now
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0

python_suite() {
  local folder=$1
  src/make/python.sh -m unittest discover -s "$folder" -t "$folder" >"$logs/${folder##*/}" 2>&1
}

python_count() {
  local folder=$1 log=$logs/${1##*/} ran bad skip
  echo "== $folder"
  grep -vE '^(\.|s|E|F)*$' "$log"
  ran=$(sed -nE 's/^Ran ([0-9]+) tests?.*/\1/p' "$log" | tail -1)
  bad=$(sed -nE 's/^FAILED \((.*)\)/\1/p' "$log" | tr ',' '\n' | sed -nE 's/ *(failures|errors|unexpected successes)=([0-9]+)/\2/p' | awk '{ sum += $1 } END { print sum + 0 }')
  skip=$(grep -oE 'skipped=[0-9]+' "$log" | tail -1 | cut -d= -f2)
  # No count at all: the suite did not even start.
  if [ -z "$ran" ]; then failed=$((failed + 1)); return; fi
  failed=$((failed + ${bad:-0})) skipped=$((skipped + ${skip:-0})) passed=$((passed + ran - ${bad:-0} - ${skip:-0}))
}

dotnet_suite() {
  local project=$1
  shift
  echo "== $project"
  "$dotnet" test "$project" -c Release --no-build --nologo --blame-hang-timeout 8m --logger "console;verbosity=minimal" "$@" 2>&1 | tee "$log" | grep -vE '^\s*$|Test run for|VSTest version|Starting test execution|A total of|^Data collector'
  local line
  line=$(grep -E '(Passed|Failed|Skipped)! +- +Failed:' "$log" | tail -1)
  if [ -z "$line" ]; then
    # A filter may pass over a whole project; without one, a project without a result did not even start.
    if [ $# = 0 ] || ! grep -q '^No test matches' "$log"; then failed=$((failed + 1)); fi
    return
  fi
  count() { sed -E "s/.*$1: +([0-9]+).*/\1/" <<<"$line"; }
  failed=$((failed + $(count Failed))) passed=$((passed + $(count Passed))) skipped=$((skipped + $(count Skipped)))
}

src/make/s3rver.sh
# The tests of whole servers start dozens: those that are compiled ahead start in a third of the time.
export WORKERS_SERVER=$PWD/dist/server/workers-server.dll
suites=()
if [ $# = 0 ]; then suites=(tests/python tests/purity); fi
(for folder in "${suites[@]}"; do python_suite "$folder"; done) &
for project in tests/*.Tests; do
  # From here on they start workers and whole servers, and want the machine for themselves.
  if [ "$project" = tests/Workers.Node.Tests ]; then wait; for folder in "${suites[@]}"; do python_count "$folder"; done; fi
  dotnet_suite "$project" "$@"
done
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
