#!/usr/bin/env bash
# Unpacks one version of a database server, with its client programs, into a folder of its own.
#   deploy/server.sh VERSION [FOLDER]      default: ~/.cache/overmind/VERSION
# VERSION is one of those in the table below; arm64 has mysql-9 and MariaDB from Debian only.
# FOLDER/bin then has the programs, which run with the C library they were built for: the system's own packages stay as
# they are and no root rights are needed. Downloads about 65 MB; does nothing when all is there.
# Debian's archive key is required: on Ubuntu, `apt-get install debian-archive-keyring`.
set -euo pipefail

fail() { echo "server.sh: $*" >&2; exit 1; }

version=${1-}
mysql='mysqld mysql mysqldump mysqladmin'
mariadb='mariadbd mariadb mariadb-dump mariadb-admin my_print_defaults resolveip'
case $version in #    distribution suite   packages
  mysql-5.7)     from='ubuntu bionic-updates mysql-server-core-5.7 mysql-client-5.7' programs=$mysql ;;
  mysql-8.0)     from='ubuntu noble-updates mysql-server-core-8.0 mysql-client-8.0' programs=$mysql ;;
  mysql-8.4)     from='ubuntu questing-updates mysql-server-core mysql-client' programs=$mysql ;;
  mysql-9)       from='debian sid mysql-server-core mysql-client-core' programs=$mysql ;;
  mariadb-10.5)  from='debian bullseye mariadb-server-core-10.5 mariadb-client-10.5' programs=$mariadb ;;
  mariadb-10.6)  from='ubuntu jammy-updates mariadb-server-core-10.6 mariadb-client-10.6' programs=$mariadb ;;
  mariadb-11.4)  from='ubuntu plucky-updates mariadb-server-core mariadb-client' programs=$mariadb ;;
  mariadb-11.8)  from='debian trixie mariadb-server-core mariadb-client' programs=$mariadb ;;
  *) fail "unknown version '$version': use one of $(sed -n 's/^  \(m[a-z]*-[0-9.]*\)) .*/\1/p' "$0" | tr '\n' ' ')" ;;
esac
read -r distribution suite packages <<<"$from"
target=${2:-${XDG_CACHE_HOME:-${HOME:?HOME is not set: name the folder}/.cache}/overmind/$version}
server=${programs%% *}

if [ -x "$target/bin/$server" ] && "$target/bin/$server" --no-defaults --version >/dev/null 2>&1; then exit 0; fi

for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || fail "$tool is needed (Debian or Ubuntu)"
done

mkdir -p "$target"
target=$(cd "$target" && pwd)
rm -rf "$target/bin" "$target/root"
work=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

# Debian's packages hold no key of Ubuntu's, so the one of its archive is taken from there, and known by its sum.
ubuntu_key() {
  local sum=0d0e7ed6b112f5d03eabf3c7eb01ebdacf9c57714b279e90495cfc58c8c4520f
  curl -fsSL -o "$work/key.deb" http://archive.ubuntu.com/ubuntu/pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb
  echo "$sum  $work/key.deb" | sha256sum --check --quiet
  dpkg-deb -x "$work/key.deb" "$work/key"
}

. /etc/os-release
if [ "$distribution" = ubuntu ]; then
  [ "$(dpkg --print-architecture)" = amd64 ] || fail "$version is packaged for amd64 only"
  ubuntu_key
  keyring=$work/key/usr/share/keyrings/ubuntu-archive-keyring.gpg
  mirror=http://archive.ubuntu.com/ubuntu
  suites="${suite%-updates} $suite"
else
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || fail "$keyring is missing: apt-get install debian-archive-keyring"
  mirror=http://deb.debian.org/debian
  if [ "${ID:-}" = debian ]; then # the machine's own mirror may be the only one it can reach
    configured=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | sed -n 1p || true)
    mirror=${configured:-$mirror}
  fi
  suites=$suite
fi

echo "server.sh: fetching $version from $mirror into $target"
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
: >"$work/state/status" # an empty package database makes apt resolve every library again, from that suite
for suite in $suites; do
  components=main
  [ "$distribution" = debian ] || components='main universe'
  echo "deb [signed-by=$keyring] $mirror $suite $components"
done >"$work/sources.list"
cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$work/state";
Dir::State::status "$work/state/status";
Dir::Cache "$work/cache";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
CONF
export APT_CONFIG=$work/apt.conf
# shellcheck disable=SC2086 # several packages
if ! { apt-get -q update && apt-get -q -y --download-only install $packages; } >"$work/log" 2>&1; then
  cat "$work/log" >&2
  exit 1
fi
mkdir -p "$work/root" "$work/bin"
for package in "$work"/cache/archives/*.deb; do dpkg-deb -x "$package" "$work/root"; done

find_one() { # NAME, below the unpacked system, as a path relative to it
  (cd "$work/root" && find . \( -type f -o -type l \) -name "$1" | sort | sed -n '1s,^\./,,p')
}
loader=$(find_one 'ld-linux-*.so.*')
libraries=$(dirname "$(find_one 'libc.so.6')")
wrap() { # NAME [OPTIONS]: the program runs with its own C library, under its own name in bin and where it was
  local path
  path=$(find_one "$1")
  [ -n "$path" ] || fail "the packages hold no $1"
  mv "$work/root/$path" "$work/root/$path.elf"
  ln -s "$target/bin/$1" "$work/root/$path"
  cat >"$work/bin/$1" <<WRAPPER
#!/bin/sh
root=$target/root
# Options about option files count only in first place.
case "\${1-}" in --no-defaults | --defaults-file=* | --defaults-extra-file=*) first=\$1 && shift ;; *) first= ;; esac
exec "\$root/$loader" --library-path "\$root/$libraries:\$root/usr/$libraries" "\$root/$path.elf" \${first:+"\$first"} ${2-} "\$@"
WRAPPER
  chmod +x "$work/bin/$1"
}
folders='--basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" --plugin-dir="$root/usr/lib/mysql/plugin"'
for program in $programs; do
  case $program in
    mysqld) wrap "$program" "$folders --secure-file-priv=NULL" ;;
    mariadbd) wrap "$program" "$folders" ;;
    *) wrap "$program" ;;
  esac
done
if [ "$server" = mariadbd ]; then
  cat >"$work/bin/mariadb-install-db" <<WRAPPER
#!/bin/sh
exec "$target/root/usr/bin/mariadb-install-db" "\$@" --basedir="$target/root/usr"
WRAPPER
  chmod +x "$work/bin/mariadb-install-db"
fi
mv "$work/root" "$target/root"
mv "$work/bin" "$target/bin"
"$target/bin/$server" --no-defaults --version
