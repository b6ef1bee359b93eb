#!/usr/bin/env bash
# Measures Remanso beside its limits and writes bench/results/{http,core,flush}.md.
#
#   bench/run.sh [--only http|core|flush] [--rounds 3] [--seconds 5] [--rows 100000] [--date TEXT] [--pin]
#
# Every figure stands beside the one it is compared to, taken in the same round; rounds alternate who goes first. A
# ratio is the median of the rounds' ratios. --pin gives the servers the first processor and the load program the others:
# stricter, for then the load program takes no time from either side. Stops only what it started.
set -euo pipefail
cd "$(dirname "$0")/.."

only='' rounds=3 seconds=5 rows=100000 date='' pin=''
while (($#)); do
    case $1 in
        --pin) pin=1 && shift && continue ;;
        --only | --rounds | --seconds | --rows | --date) ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
    (($# > 1)) || { echo "$1 needs a value." >&2 && exit 2; }
    case $1 in
        --only) only=$2 ;;
        --rounds) rounds=$2 ;;
        --seconds) seconds=$2 ;;
        --rows) rows=$2 ;;
        --date) date=$2 ;;
    esac
    shift 2
done
[[ $only =~ ^(http|core|flush)?$ ]] || { echo "--only must be http, core or flush." >&2 && exit 2; }
((rounds >= 3 && seconds >= 1 && rows >= 1000)) || { echo "At least 3 rounds, 1 second, 1000 rows." >&2 && exit 2; }

server=src/Remanso.Server/bin/Release/net10.0/Remanso.Server.dll
baselines=bench/Remanso.Baselines/bin/Release/net10.0/Remanso.Baselines.dll
load=bench/Remanso.Load/bin/Release/net10.0/Remanso.Load.dll
benchmarks=bench/Remanso.Benchmarks/bin/Release/net10.0/Remanso.Benchmarks.dll
results=bench/results
on_servers=() on_load=()
if [[ $pin ]]; then
    (($(nproc) > 1)) || { echo "--pin needs two processors." >&2 && exit 2; }
    on_servers=(taskset -c 0) on_load=(taskset -c "1-$(($(nproc) - 1))")
fi

work=$(mktemp -d)
pids=()
stop() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap stop EXIT

wants() { [[ -z $only || $only == "$1" ]]; }

say() { echo "$*" >&2; }

build() {
    for project in "$@"; do dotnet build "$project" -c Release -v quiet --nologo >&2; done
}

# --- servers ----------------------------------------------------------------------------------------------------------

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)) && listens "$port"; do :; done
    echo "$port"
}

# start PORT COMMAND...: in the background, until it listens.
start() {
    local port=$1 log
    shift
    log=$work/server-$port.log
    "${on_servers[@]}" dotnet "$@" --urls "http://127.0.0.1:$port" >"$log" 2>&1 &
    pids+=($!)
    for _ in {1..300}; do
        listens "$port" && return
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    cat "$log" >&2
    say "It does not listen: $*" && exit 1
}

# --- figures ----------------------------------------------------------------------------------------------------------

# drive SERIES PORT ARGUMENTS...: one run, appended to its series as a line of JSON.
drive() {
    local series=$1 port=$2
    shift 2
    "${on_load[@]}" dotnet "$load" --json --url "http://127.0.0.1:$port" "$@" >>"$work/$series"
    say "$series: $(tail -1 "$work/$series" | grep -oE '"(throughput|p50Ms|p99Ms|errors)":[0-9.]+' | tr '\n' ' ')"
}

# versus SERIES PORT OTHER-PORT ARGUMENTS...: rounds of both; the series get the suffixes .ours and .bare.
versus() {
    local series=$1 ours=$2 bare=$3 round
    shift 3
    for ((round = 0; round < rounds; round++)); do
        if ((round % 2 == 0)); then
            drive "$series.ours" "$ours" "$@"
            drive "$series.bare" "$bare" "$@"
        else
            drive "$series.bare" "$bare" "$@"
            drive "$series.ours" "$ours" "$@"
        fi
    done
}

values() { grep -oE "\"$2\":[0-9.eE+-]+" "$work/$1" | cut -d: -f2; }

median() { sort -g | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'; }

# row NAME SERIES FIELD FORMAT AIM: a line of a table; the aim is such as '>= 0.85', or empty.
row() {
    local name=$1 series=$2 field=$3 format=$4 aim=$5 ratios
    ratios=$(paste <(values "$series.ours" "$field") <(values "$series.bare" "$field") | awk '{ print $1 / $2 }' | sort -g)
    awk -v name="$name" -v format="$format" -v aim="$aim" \
        -v ours="$(values "$series.ours" "$field" | median)" -v bare="$(values "$series.bare" "$field" | median)" \
        -v ratio="$(median <<<"$ratios")" -v low="$(head -1 <<<"$ratios")" -v high="$(tail -1 <<<"$ratios")" 'BEGIN {
            split(aim, bound, " ")
            rounded = sprintf("%.2f", ratio) + 0
            verdict = aim == "" ? "" : (bound[1] == ">=" ? rounded >= bound[2] : rounded <= bound[2]) ? "met" : "**missed**"
            sub(/>=/, "≥", aim); sub(/<=/, "≤", aim)
            printf "| %s | " format " | " format " | %.2f | %.2f to %.2f | %s | %s |\n", name, ours, bare, ratio, low, high, aim, verdict
        }'
}

lateness() { cat "$work/$1".{ours,bare} | grep -oE '"ownLatenessP99Ms":[0-9.]+' | cut -d: -f2 | median | xargs printf '%.2f'; }

# coalescing NAME SERIES: a line of the table of store writes.
coalescing() {
    paste <(values "$2" written) <(values "$2" storeWrites) | awk -v name="$1" '{ printf "| %s | %d | %d | %.1f |\n", name, $1, $2, $2 ? $1 / $2 : 0 }'
}

facts() {
    echo "# $1"
    echo
    echo "${date:+$date. }$(nproc) processors ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)), $(uname -sr)," \
        ".NET $(dotnet --list-runtimes | awk '$1 == "Microsoft.NETCore.App" { v = $2 } END { print v }')," \
        "commit $(git rev-parse --short HEAD)$([[ -z $(git status --porcelain -- src bench ':!bench/results') ]] || echo ' with changes')." \
        "How to read this: [bench/README.md](../README.md)."
    echo
}

# --- the three pages --------------------------------------------------------------------------------------------------

measure_http() {
    local remanso empty echo get_rate set_rate body errors
    remanso=$(free_port)
    start "$remanso" "$server" --tier memory: --store "sqlite:$work/remanso.db"
    drive probe "$remanso" --op get --preload --warmup 2 --duration 1
    body=$(values probe bodyBytes)
    empty=$(free_port)
    start "$empty" "$baselines" empty --body-bytes "$body"
    echo=$(free_port)
    start "$echo" "$baselines" echo

    versus get "$remanso" "$empty" --op get --duration "$seconds"
    versus set "$remanso" "$echo" --op set --duration "$seconds"

    # Half of what the limit can do: latencies of a server that is not drowning, at the same load for both.
    get_rate=$(values get.bare throughput | median | awk '{ print int($1 / 2000) * 1000 + ($1 < 2000) * 500 }')
    set_rate=$(values set.bare throughput | median | awk '{ print int($1 / 2000) * 1000 + ($1 < 2000) * 500 }')
    versus get-paced "$remanso" "$empty" --op get --duration "$seconds" --rate "$get_rate"
    versus set-paced "$remanso" "$echo" --op set --duration "$seconds" --rate "$set_rate"

    drive zipf "$remanso" --op set --distribution zipf --keys 10000 --duration "$seconds"
    drive hot "$remanso" --op set --distribution one --duration "$seconds"
    "${on_load[@]}" dotnet "$load" --url "http://127.0.0.1:$remanso" --burst 200 >"$work/burst"
    errors=$(cat "$work"/{get,set}*.{ours,bare} "$work"/{zipf,hot} | grep -oE '"(errors|unanswered)":[0-9]+' | awk -F: '{ sum += $2 } END { print sum + 0 }')

    {
        facts 'Over HTTP'
        echo "64 connections on loopback, 10,000 keys, values of 100 bytes, answers of $body bytes; the load program runs on" \
            "$([[ $pin ]] && echo 'other processors than the servers' || echo 'the same processors'). Medians of $rounds rounds of $seconds s." \
            "Reads are compared to a delegate that writes a fixed answer of the same size, writes to a minimal API that echoes the JSON."
        echo
        echo '| | Remanso | compared to | ratio | of all rounds | aim | |'
        echo '|---|---:|---:|---:|---:|---:|---|'
        row 'cached GET, flat out' get throughput '%.0f/s' '>= 0.85'
        row 'cached GET, flat out, p99' get p99Ms '%.2f ms' '<= 1.3'
        row "cached GET, $get_rate/s, p50" get-paced p50Ms '%.3f ms' ''
        row "cached GET, $get_rate/s, p99" get-paced p99Ms '%.2f ms' '<= 1.3'
        row 'POST /set, flat out' set throughput '%.0f/s' '>= 0.6'
        row 'POST /set, flat out, p99' set p99Ms '%.2f ms' ''
        row "POST /set, $set_rate/s, p50" set-paced p50Ms '%.3f ms' ''
        row "POST /set, $set_rate/s, p99" set-paced p99Ms '%.2f ms' ''
        echo
        echo "The load program's own lateness on a schedule, part of those latencies: p99 $(lateness get-paced) ms for reads, $(lateness set-paced) ms for writes." \
            "Errors and unanswered requests in all runs: $errors."
        echo
        echo '## What reaches the store'
        echo
        echo '| | writes answered | rows stored | writes for a row |'
        echo '|---|---:|---:|---:|'
        coalescing '10,000 keys, Zipf 0.99' zipf
        coalescing 'one key' hot
        echo
        echo 'A burst of reads of one missing key:'
        echo
        echo '```'
        cat "$work/burst"
        echo '```'
    } >"$work/http.md"
    mv "$work/http.md" "$results/http.md"
}

measure_core() {
    dotnet "$benchmarks" --paired core --rounds "$((rounds > 5 ? rounds : 5))" >"$work/pairs"
    dotnet "$benchmarks" --filter '*' --artifacts "$work/bdn" >"$work/bdn.log" || { cat "$work/bdn.log" >&2 && exit 1; }
    {
        facts 'Inside one process'
        echo 'Both sides of a row ran in turn in one process; the ratio is the median of the rounds.'
        echo
        cat "$work/pairs"
        echo
        echo '## Time and bytes of one operation'
        for table in "$work"/bdn/results/*-github.md; do
            echo
            echo "### $(basename "$table" -report-github.md | sed 's/.*\.//')"
            echo
            grep '^|' "$table" | sed 's/\*\*//g'
        done
    } >"$work/core.md"
    mv "$work/core.md" "$results/core.md"
}

measure_flush() {
    dotnet "$benchmarks" --paired flush --rounds "$((rounds > 5 ? rounds : 5))" --rows "$rows" >"$work/pairs"
    {
        facts 'Into SQLite'
        echo "$rows rows with values of 100 bytes, batches of 1,000, WAL and \`synchronous=FULL\` on $(stat -f -c %T "$work"). Remanso's time is from the first" \
            'write to the last commit: accepting the writes, queueing, saving and settling. The bare loop only saves.'
        echo
        cat "$work/pairs"
    } >"$work/flush.md"
    mv "$work/flush.md" "$results/flush.md"
}

mkdir -p "$results"
if wants http; then build src/Remanso.Server bench/Remanso.Load bench/Remanso.Baselines; fi
if wants core || wants flush; then build bench/Remanso.Benchmarks; fi
if wants http; then measure_http; fi
if wants core; then measure_core; fi
if wants flush; then measure_flush; fi
