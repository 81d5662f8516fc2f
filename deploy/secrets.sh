#!/usr/bin/env bash
# Fills deploy/secrets/ with random passwords for docker-compose.yml; files that exist are left as they are.
set -euo pipefail
cd "$(dirname "$0")" && mkdir -p secrets && chmod 700 secrets && umask 077
random() { head -c 24 /dev/urandom | base64 | tr -d '+/=\n'; }
[ -s secrets/database_password ] || random >secrets/database_password
[ -s secrets/redis_password ] || random >secrets/redis_password
[ -s secrets/redis_url ] || printf 'redis://:%s@redis:6379/0' "$(cat secrets/redis_password)" >secrets/redis_url
# The containers read them as other users.
chmod 644 secrets/*
echo "deploy/secrets/ is ready"
