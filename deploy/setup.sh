#!/usr/bin/env bash
# Installs what the demo or the tests need on Debian or Ubuntu, says so, and does nothing where all is there.
#   deploy/setup.sh demo       MariaDB server and client programs
#   deploy/setup.sh test       the same, redis-server, Chromium, a CJK font, a C compiler (Go's race detector needs
#                              one), and MySQL 9 in a folder of its own
#   deploy/setup.sh bench      mydumper, to compare with
#   deploy/setup.sh soak       servers of other versions, each in a folder of its own (amd64)
#   deploy/setup.sh --mysql    MySQL 9 only
# Needs root or sudo for the packages. No service is started or enabled.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PATH=$PATH:/usr/sbin:/sbin

say() { echo "setup: $*"; }
fail() { echo "setup: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
at_least() { [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; } # VERSION MINIMUM

demo='' test='' bench='' soak='' mysql=''
for argument in "${@:-demo}"; do
  case $argument in
    demo) demo=1 ;;
    test) demo=1 test=1 mysql=1 ;;
    bench) bench=1 ;;
    soak) soak=1 ;;
    --mysql) mysql=1 ;;
    *) fail "unknown argument $argument: use demo, test, bench, soak or --mysql" ;;
  esac
done

check_languages() {
  local go node
  have go || fail "Go 1.26 or newer is needed: https://go.dev/dl/"
  go=$(cd "$here/.." && go env GOVERSION 2>/dev/null) || go=$(GOTOOLCHAIN=local go env GOVERSION)
  at_least "${go#go}" 1.26 || fail "Go 1.26 or newer is needed, this is ${go#go}: https://go.dev/dl/"
  have node || fail "Node 20.19 or newer is needed: https://nodejs.org/"
  node=$(node --version)
  have npm || fail "npm is needed beside Node: https://nodejs.org/"
  at_least "${node#v}" 20.19 || fail "Node 20.19 or newer is needed, this is ${node#v}: https://nodejs.org/"
}

missing=()
find_missing() {
  { have mariadbd && have mariadb-install-db; } || missing+=(mariadb-server-core)
  { have mariadb && have mariadb-dump; } || missing+=(mariadb-client)
  have curl || missing+=(curl ca-certificates)
  have jq || missing+=(jq)
  [ -n "$test" ] || return 0
  have gcc || missing+=(gcc libc6-dev)
  have redis-server || missing+=(redis-server)
  { have chromium || have chromium-browser || have google-chrome; } || missing+=(chromium)
  dpkg-query -W -f '${db:Status-Status}' fonts-noto-cjk 2>/dev/null | grep -qx installed || missing+=(fonts-noto-cjk)
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Ubuntu before 24.04 has the server's version in the package's name.
server_package() {
  apt-cache search --names-only '^mariadb-server-core(-[0-9.]+)?$' | awk '{ print $1 }' | sort | head -n 1
}

# A package that brings a service starts it, unless this file forbids it.
policy=/usr/sbin/policy-rc.d
forbid_services() {
  [ -e "$policy" ] && return 0
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  trap 'as_root rm -f "$policy"' EXIT
}

install_missing() {
  have apt-get || fail "apt-get is needed (Debian or Ubuntu); install these yourself: ${missing[*]}"
  [ "$(id -u)" = 0 ] || have sudo || fail "run this as root, or install sudo: ${missing[*]} must be installed"
  say "reading the package lists"
  as_root apt-get -q update >/dev/null
  local packages=() package
  for package in "${missing[@]}"; do
    case $package in
      mariadb-server-core) package=$(server_package) ;;
      chromium) # Ubuntu's package of that name installs a snap, which a container cannot run
        apt-cache show chromium 2>/dev/null | grep -q '^Filename: .*/chromium/' ||
          fail "this system packages no Chromium: install Chromium or Google Chrome, then run this again" ;;
    esac
    packages+=("$package")
  done
  say "installing ${packages[*]}"
  forbid_services
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${packages[@]}" >/dev/null
  case " ${missing[*]} " in
    *' redis-server '*) as_root update-rc.d redis-server disable >/dev/null 2>&1 || true ;; # also without systemd
  esac
}

if [ -n "$demo" ]; then
  check_languages
  find_missing
  [ ${#missing[@]} = 0 ] || install_missing
fi
if [ -n "$bench" ] && ! have mydumper; then
  missing=(mydumper)
  install_missing
fi
if [ -n "$mysql" ]; then
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  # Ubuntu lacks the key; server.sh succeeds without it only where MySQL is there already.
  if [ ! -r "$keyring" ] && ! "$here/server.sh" mysql-9 2>/dev/null; then
    missing=(debian-archive-keyring)
    install_missing
  fi
  "$here/server.sh" mysql-9
fi
if [ -n "$soak" ]; then
  for version in mysql-{5.7,8.0,8.4,9} mariadb-{10.5,10.6,11.4,11.8}; do "$here/server.sh" "$version"; done
fi
