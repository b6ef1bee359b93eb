#!/usr/bin/env bash
# Measures what an operation costs with ten thousand to ten million keys, and simulates larger deployments with that.
#
#   bench/run-scale.sh [--only memory|near|redis|callers|postgres|http|simulate] [--keys 10000,100000,1000000] [--date TEXT]
#
# Costs go to bench/results/scale-costs.jsonl: what is measured replaces what was there of the same set and size. From it,
# and nothing else, come bench/results/scale.md and docs/images/scale-*.svg; --only simulate makes these alone, the same
# each time. Without --only: memory to ten million keys, Redis to a million, about eight minutes. Ten million keys want
# some ten gigabytes of memory. Starts a redis-server and a PostgreSQL of its own, as bench/run-redis.sh does.
set -euo pipefail
cd "$(dirname "$0")/.."

only='' keys='' date=''
while (($#)); do
    case $1 in
        --only | --keys | --date) ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    (($# > 1)) || { echo "$1 needs a value." >&2 && exit 2; }
    case $1 in
        --only) only=$2 ;;
        --keys) keys=$2 ;;
        --date) date=$2 ;;
    esac
    shift 2
done
[[ $only =~ ^(memory|near|redis|callers|postgres|http|simulate)?$ ]] || { echo "--only $only is unknown." >&2 && exit 2; }
[[ $keys =~ ^[0-9,]*$ ]] || { echo "--keys wants numbers." >&2 && exit 2; }

on_servers=() on_load=() rounds=3
# shellcheck source=bench/common.sh
source bench/common.sh
# shellcheck source=bench/servers.sh
source bench/servers.sh

readonly costs=$results/scale-costs.jsonl

wants() { [[ -z $only || $only == "$1" ]]; }

# keep FILE: its lines take the place of those with the same set and size.
keep() {
    touch "$costs"
    awk 'match($0, /^\{"set":"[a-z]+","at":[0-9]+,/) {
        head = substr($0, RSTART, RLENGTH)
        if (FNR == NR) { is_new[head] = 1; fresh[++count] = $0 } else if (!(head in is_new)) { print }
    } END { for (i = 1; i <= count; i++) print fresh[i] }' "$1" "$costs" >"$work/costs"
    mv "$work/costs" "$costs"
}

# measure SET KEYS ARGUMENTS...
measure() {
    local set=$1 sizes=$2
    shift 2
    dotnet "$benchmarks" --scale "$set" --keys "$sizes" --out "$work/$set" "$@"
    keep "$work/$set"
}

# processor_time PID: of all its threads, in microseconds.
processor_time() { awk -v tick="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); print ($12 + $13) * 1000000 / tick }' "/proc/$1/stat"; }

# What a request over HTTP costs the server and the load program; one key, so that next to nothing is flushed.
measure_http() {
    local port server_pid before own operation name seconds=4
    port=$(free_port)
    start "$port" "$server" --tier memory: --store "sqlite:$work/http.db"
    server_pid=${pids[-1]}
    for _ in 1 2 3; do
        for operation in get set; do
            name=$([[ $operation == get ]] && echo GET || echo 'POST /set')
            before=$(processor_time "$server_pid")
            own=$({ TIMEFORMAT='%U %S' && time drive "$operation" "$port" --op "$operation" --keys 1 --value-bytes 64 --preload --warmup 0 --duration "$seconds" 2>/dev/null; } 2>&1)
            awk -v before="$before" -v after="$(processor_time "$server_pid")" -v own="$own" -v seconds="$seconds" \
                -v rate="$(tail -1 "$work/$operation" | grep -oE '"throughput":[0-9.]+' | cut -d: -f2)" -v name="$name" 'BEGIN {
                    split(own, cpu, " ")
                    print name "\tserver\t" (after - before) / (rate * seconds)
                    print name "\tload program\t" (cpu[1] + cpu[2]) * 1000000 / (rate * seconds)
                }' >>"$work/http-samples"
        done
    done
    end 1
    awk -F '\t' '{ samples[$1 "\t" $2] = samples[$1 "\t" $2] (samples[$1 "\t" $2] == "" ? "" : ",") $3 } END {
        for (key in samples) {
            split(key, part, "\t")
            printf "{\"set\":\"http\",\"at\":64,\"what\":\"%s\",\"where\":\"%s\",\"unit\":\"µs\",\"samples\":[%s]}\n", part[1], part[2], samples[key]
        }
    }' "$work/http-samples" | sort >"$work/http"
    keep "$work/http"
}

simulate() {
    mkdir -p docs/images
    dotnet bench/Remanso.Scale/bin/Release/net10.0/Remanso.Scale.dll --costs "$costs" --results "$results" --images docs/images
    {
        facts 'From ten thousand to ten million keys, and from one process to many' | fmt -w 118
        echo 'What one operation costs, and what deployments larger than this machine would do at these costs:'
        echo '[scale](../../docs/explanation/scale.md) says what follows from it. The costs are processor time, which other'
        echo 'work on the machine disturbs least; they are kept in [scale-costs.jsonl](scale-costs.jsonl).'
        cat "$results/scale.md"
    } >"$work/scale.md"
    publish scale.md
}

mkdir -p "$results"
SECONDS=0
if [[ $only != simulate && $only != http ]]; then build bench/Remanso.Benchmarks; fi
if wants http; then build src/Remanso.Server bench/Remanso.Load; fi
if wants simulate; then build bench/Remanso.Scale; fi
if wants callers || wants redis; then
    start_redis
    if wants callers; then measure callers 0 --redis "127.0.0.1:$redis_port"; fi
    if wants redis; then measure redis "${keys:-10000,100000,1000000}" --redis "127.0.0.1:$redis_port"; fi
    end 1
fi
if wants postgres; then
    start_postgres
    measure postgres "${keys:-10000,100000,1000000}" --postgres "$postgres"
    end 1
fi
if wants near; then measure near "${keys:-10000,100000,1000000,10000000}"; fi
if wants memory; then measure memory "${keys:-10000,100000,1000000,10000000}"; fi
if wants http; then measure_http; fi
say "Measured in $SECONDS s."
if wants simulate; then simulate; fi
