# A Redis and a PostgreSQL of one's own, for bench/run-redis.sh and bench/run-scale.sh; sourced after bench/common.sh.
# shellcheck shell=bash disable=SC2154

postgres_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
[[ -x $postgres_bin/initdb ]] || postgres_bin=$(dirname "$(command -v initdb || echo /initdb)")

# start_redis: sets redis_port. The append-only file is never rewritten half-way, for a fork would hit one side only.
start_redis() {
    redis_port=$(free_port)
    mkdir "$work/redis-$redis_port"
    launch "$redis_port" redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$work/redis-$redis_port" \
        --appendonly yes --appendfsync everysec --auto-aof-rewrite-percentage 0 --save ''
}

# start_postgres: sets postgres, a connection string, and postgres_url. Commits are on disk; checkpoints keep out of the measured times.
start_postgres() {
    local port data as=()
    port=$(free_port)
    data=$work/postgres-$port
    mkdir -m 700 "$data"
    if ((EUID == 0)); then
        as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
        chmod 711 "$work"
        chown postgres: "$data"
    fi
    "${as[@]}" "$postgres_bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$work/initdb.log" 2>&1 ||
        { cat "$work/initdb.log" >&2 && exit 1; }
    launch "$port" "${as[@]}" "$postgres_bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c fsync=on -c synchronous_commit=on -c max_connections=200 -c max_wal_size=8GB -c checkpoint_timeout=30min
    postgres="Host=127.0.0.1;Port=$port;Username=postgres;Database=postgres"
    postgres_url=postgres://postgres@127.0.0.1:$port/postgres
}
