#!/usr/bin/env bash
# Runs every fuzz test below the given folders for the given time each: deploy/fuzz.sh 5m api pkg
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:?usage: fuzz.sh TIME FOLDER…}
shift
grep -rnoE --include='*_test.go' '^func Fuzz\w+' "$@" | sed -E 's|^(.*)/[^/]+:[0-9]+:func |./\1 |' | while read -r package name; do
  echo "fuzz $package $name for $time"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "$package"
done
