#!/usr/bin/env bash
# Unpacks Oracle MySQL 9 (server and clients, variant: Debian sid, amd64 or arm64) into one folder.
#   deploy/mysql9.sh [FOLDER]      default: $OVERMIND_MYSQL_DIR, else ~/.cache/overmind/mysql9
# FOLDER/bin/{mysqld,mysql,mysqldump,mysqladmin} then run with the C library they were built for, so the system's
# own packages stay as they are and no root rights are needed. Downloads about 65 MB; does nothing when all is there.
# Debian's archive key is required: on Ubuntu, `apt-get install debian-archive-keyring`.
set -euo pipefail

cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set: name the folder}/.cache}
target=${1:-${OVERMIND_MYSQL_DIR:-$cache/overmind/mysql9}}
programs=(mysqld mysql mysqldump mysqladmin)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

if [ -x "$target/bin/mysqldump" ] && "$target/bin/mysqld" --no-defaults --version >/dev/null 2>&1; then exit 0; fi

for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || { echo "mysql9.sh: $tool is needed (Debian or Ubuntu)" >&2; exit 1; }
done
[ -r "$keyring" ] || { echo "mysql9.sh: $keyring is missing: apt-get install debian-archive-keyring" >&2; exit 1; }

. /etc/os-release
mirror=http://deb.debian.org/debian
if [ "${ID:-}" = debian ]; then # the machine's own mirror may be the only one it can reach
  configured=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -v security | sed -n 1p || true)
  mirror=${configured:-$mirror}
fi

echo "mysql9.sh: fetching MySQL 9 from $mirror into $target"
mkdir -p "$target"
target=$(cd "$target" && pwd)
rm -rf "$target/bin" "$target/root"
work=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
: >"$work/state/status" # an empty package database makes apt resolve every library again, from sid
echo "deb [signed-by=$keyring] $mirror sid main" >"$work/sources.list"
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
if ! { apt-get -q update && apt-get -q -y --download-only install mysql-server-core mysql-client-core; } >"$work/log" 2>&1; then
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
for program in "${programs[@]}"; do
  path=$(find_one "$program")
  [ -n "$path" ] || { echo "mysql9.sh: the packages hold no $program" >&2; exit 1; }
  extra=
  if [ "$program" = mysqld ]; then
    extra='--basedir="$root/usr" --lc-messages-dir="$root/usr/share/mysql" --plugin-dir="$root/usr/lib/mysql/plugin" --secure-file-priv=NULL'
  fi
  cat >"$work/bin/$program" <<WRAPPER
#!/bin/sh
root=\${0%/*}/../root
# Options about option files count only in first place.
case "\${1-}" in --no-defaults | --defaults-file=* | --defaults-extra-file=*) first=\$1 && shift ;; *) first= ;; esac
exec "\$root/$loader" --library-path "\$root/$libraries" "\$root/$path" \${first:+"\$first"} $extra "\$@"
WRAPPER
  chmod +x "$work/bin/$program"
done
mv "$work/root" "$target/root"
mv "$work/bin" "$target/bin"
"$target/bin/mysqld" --no-defaults --version
