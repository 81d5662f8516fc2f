#!/usr/bin/env bash
# Runs every fuzz test below the given folders with the given number of inputs each: deploy/fuzz.sh 20000 api pkg
# A number and not a time: Go before 1.27 may fail a target with "context deadline exceeded"
# when its time is up, with nothing found (https://go.dev/issue/75804).
set -euo pipefail
cd "$(dirname "$0")/.."
inputs=${1:?usage: fuzz.sh INPUTS FOLDER…}
shift
grep -rnoE --include='*_test.go' '^func Fuzz\w+' "$@" | sed -E 's|^(.*)/[^/]+:[0-9]+:func |./\1 |' | while read -r package name; do
  echo "fuzz $package $name with $inputs inputs"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "${inputs}x" "$package"
done
