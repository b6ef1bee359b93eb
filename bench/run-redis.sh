#!/usr/bin/env bash
# Measures Remanso on Redis and PostgreSQL and writes bench/results/{redis-client,redis-http,postgres}.md.
#
#   bench/run-redis.sh [--only client|http|postgres] [--rounds 3] [--seconds 3] [--sustain 15] [--rows 100000] [--date TEXT]
#
# As bench/run.sh: every figure beside the one it is compared to, taken in the same round, in turn. Starts a redis-server
# and a PostgreSQL of its own with data in a temporary folder, and stops only what it started. As root, PostgreSQL runs as
# the system's user postgres.
set -euo pipefail
cd "$(dirname "$0")/.."

only='' rounds=3 seconds=3 sustain=15 rows=100000 date=''
while (($#)); do
    case $1 in
        --only | --rounds | --seconds | --sustain | --rows | --date) ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    (($# > 1)) || { echo "$1 needs a value." >&2 && exit 2; }
    case $1 in
        --only) only=$2 ;;
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --sustain) sustain=$2 ;;
        --rows) rows=$2 ;;
        --date) date=$2 ;;
    esac
    shift 2
done
[[ $only =~ ^(client|http|postgres)?$ ]] || { echo "--only must be client, http or postgres." >&2 && exit 2; }
((rounds >= 3 && seconds >= 1 && sustain >= 1 && rows >= 1000)) || { echo "At least 3 rounds, 1 second, 1000 rows." >&2 && exit 2; }

on_servers=() on_load=()
# shellcheck source=bench/common.sh
source bench/common.sh
# shellcheck source=bench/servers.sh
source bench/servers.sh

readonly key_count=100000 value_bytes=64

wants() { [[ -z $only || $only == "$1" ]]; }

for tool in redis-server redis-benchmark; do
    command -v "$tool" >/dev/null || { say "$tool is not installed." && exit 1; }
done
[[ $only == client || -x $postgres_bin/initdb ]] || { say "initdb is not installed." && exit 1; }

# --- redis and postgres -----------------------------------------------------------------------------------------------

# start_remanso PORT ROLE: what is loaded stays loaded.
start_remanso() {
    start "$1" "$server" --tier "redis://127.0.0.1:$redis_port" --store "$postgres_url" --role "$2" \
        --Remanso:Caches:default:Ttl:Base 1d
}

about_redis() {
    echo "Redis $(redis-server --version | sed 's/.* v=\([^ ]*\).*/\1/') with its append-only file (\`appendfsync everysec\`)"
}

about_postgres() { echo "PostgreSQL $("$postgres_bin/postgres" --version | awk '{ print $3 }') (\`synchronous_commit=on\`)"; }

# figure NAME SERIES FIELD FORMAT: a line of the table of figures that are compared to nothing.
figure() {
    values "$2" "$3" | sort -g | awk -v name="$1" -v format="$4" '{ v[NR] = $1 } END {
        printf "| %s | " format " | " format " to " format " |\n", name, (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2, v[1], v[NR]
    }'
}

# --- the three pages --------------------------------------------------------------------------------------------------

measure_client() {
    start_redis
    dotnet "$benchmarks" --paired redis --rounds "$rounds" --redis "127.0.0.1:$redis_port" >"$work/pairs"
    end 1
    {
        facts "The client of Redis"
        echo "$(about_redis). One process and one connection with so many callers, beside" \
            '`redis-benchmark -c 50 -P 16`, with the same commands on the same keys:' \
            "100,000 of them at random, values of $value_bytes bytes. Medians of $rounds rounds of about 1.5 s for each side." \
            'The second table has the same commands and callers by StackExchange.Redis, on one connection too, in the same rounds;' \
            'the processor time is all of the process, its callers included.'
        echo
        cat "$work/pairs"
    } >"$work/redis-client.md"
    publish redis-client.md
}

measure_http() {
    local remanso empty direct worker body set_max rate errors round
    local writes=(--op set --keys "$key_count" --value-bytes "$value_bytes" --warmup 1)
    start_redis
    start_postgres
    remanso=$(free_port)
    start_remanso "$remanso" all
    drive probe "$remanso" --op get --keys "$key_count" --value-bytes "$value_bytes" --preload --warmup 1 --duration 1
    body=$(values probe bodyBytes)
    empty=$(free_port)
    start "$empty" "$baselines" empty --body-bytes "$body"
    direct=$(free_port)
    start "$direct" "$baselines" direct-postgres --postgres "$postgres"

    versus get "$remanso" "$empty" --op get --keys "$key_count" --warmup 1 --duration "$seconds"
    versus set "$remanso" "$direct" "${writes[@]}" --duration "$seconds"
    versus hot "$remanso" "$direct" "${writes[@]}" --distribution one --duration "$seconds"
    end 3

    remanso=$(free_port)
    start_remanso "$remanso" api
    worker=$(free_port)
    start_remanso "$worker" worker
    for ((round = 0; round < rounds; round++)); do
        drive max "$remanso" "${writes[@]}" --duration "$seconds"
    done
    set_max=$(values max throughput | median)
    rate=$(awk -v max="$set_max" 'BEGIN { print int(max * 0.7 / 100) * 100 }')
    for ((round = 0; round < rounds; round++)); do
        drive lag "$remanso" "${writes[@]}" --rate "$rate" --duration "$sustain" --watch
    done
    end 4

    errors=$(cat "$work"/{get,set,hot}.{ours,bare} "$work"/{max,lag} | grep -oE '"(errors|unanswered)":[0-9]+' | awk -F: '{ sum += $2 } END { print sum + 0 }')
    {
        facts 'Over HTTP, on Redis and PostgreSQL'
        echo "$(about_redis), $(about_postgres). 64 connections on loopback, $key_count keys at random, values of $value_bytes bytes," \
            "answers of $body bytes; everything on the same processors. Medians of $rounds rounds of $seconds s."
        echo
        echo "One process serves and flushes. Reads are compared to a delegate that writes a fixed answer of the same size," \
            "writes to a minimal API that upserts every request straight into PostgreSQL (Npgsql, pooled, prepared)."
        echo
        echo '| | Remanso | compared to | ratio | of all rounds | aim | |'
        echo '|---|---:|---:|---:|---:|---:|---|'
        row 'cached GET, flat out' get throughput '%.0f/s' '>= 0.6'
        row 'cached GET, flat out, p99' get p99Ms '%.2f ms' ''
        row "POST /set, $key_count keys, flat out" set throughput '%.0f/s' '>= 8'
        row "POST /set, $key_count keys, flat out, p99" set p99Ms '%.2f ms' ''
        row 'POST /set, one hot key, flat out' hot throughput '%.0f/s' '>= 30'
        row 'POST /set, one hot key, flat out, p99' hot p99Ms '%.2f ms' ''
        echo
        echo '## How far the store is behind'
        echo
        echo "A process that serves and one that flushes, \`POST /set\` over $key_count keys for $sustain s at 70 % of what they can do."
        echo
        echo '| | | of all rounds |'
        echo '|---|---:|---:|'
        figure 'flat out' max throughput '%.0f/s'
        figure "at $rate/s: answered" lag throughput '%.0f/s'
        figure "at $rate/s: p50" lag p50Ms '%.2f ms'
        figure "at $rate/s: p99" lag p99Ms '%.2f ms'
        figure "the load program's own lateness in it, p99" lag ownLatenessP99Ms '%.2f ms'
        figure 'oldest dirty entry, the highest age seen' lag oldestAgeMs '%.0f ms'
        figure 'clean after the last write' lag untilCleanMs '%.0f ms'
        echo
        echo "Errors and unanswered requests in all runs: $errors."
    } >"$work/redis-http.md"
    publish redis-http.md
}

measure_postgres() {
    start_redis
    start_postgres
    dotnet "$benchmarks" --paired postgres --rounds "$rounds" --rows "$rows" --redis "127.0.0.1:$redis_port" --postgres "$postgres" >"$work/pairs"
    end 2
    {
        facts 'From Redis into PostgreSQL'
        echo "$(about_redis), $(about_postgres). Flush: $rows dirty keys with values of $value_bytes bytes, batches of 1,000, one worker;" \
            'from its first take to the last settlement, Redis included. The bare loop saves the same rows in batches of 1,000, sorted, by one prepared' \
            "\`unnest\` upsert with the same guard, and does nothing else. Medians of $rounds rounds."
        echo
        cat "$work/pairs"
    } >"$work/postgres.md"
    publish postgres.md
}

mkdir -p "$results"
if wants http; then build src/Remanso.Server bench/Remanso.Load bench/Remanso.Baselines; fi
if wants client || wants postgres; then build bench/Remanso.Benchmarks; fi
SECONDS=0
if wants client; then measure_client; fi
if wants http; then measure_http; fi
if wants postgres; then measure_postgres; fi
say "Measured in $SECONDS s."
