#!/usr/bin/env bash
# Makes the passwords and connection strings that compose.yaml mounts, in deploy/secrets, those that are not there yet. The user of
# Redis is made anew of its password and of deploy/redis/users.acl, so that an upgrade brings the rights that it needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
mkdir -p -m 700 secrets
cd secrets

# Hexadecimal, so that nothing needs escaping in an address.
password() { [[ -s $1 ]] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "$1"; }
password redis_password
password postgres_password
sed "s/PASSWORD/$(< redis_password)/" ../redis/users.acl > users.acl
# A password made anew reaches them, and what an operator made of them stays.
stays() { [[ -s $1 ]] && ! grep -qxE "$2" "$1"; }
stays tier 'redis://remanso:[0-9a-f]+@redis:6379' || echo "redis://remanso:$(< redis_password)@redis:6379" > tier
stays store 'postgres://remanso:[0-9a-f]+@postgres:5432/remanso' || echo "postgres://remanso:$(< postgres_password)@postgres:5432/remanso" > store

# The containers' users read them; on this machine only the folder's owner comes that far.
chmod 644 ./*
