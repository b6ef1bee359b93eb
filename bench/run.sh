#!/usr/bin/env bash
# Measures Remanso beside its limits and writes bench/results/{http,core,near,hybrid,flush,durability,mysql,footprint}.md.
#
#   bench/run.sh [--only http|core|near|hybrid|flush|durability|mysql|footprint] [--rounds 3] [--seconds 5] [--rows 100000] [--date TEXT] [--pin]
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
[[ $only =~ ^(http|core|near|hybrid|flush|durability|mysql|footprint)?$ ]] || { echo "--only must be http, core, near, hybrid, flush, durability, mysql or footprint." >&2 && exit 2; }
((rounds >= 3 && seconds >= 1 && rows >= 1000)) || { echo "At least 3 rounds, 1 second, 1000 rows." >&2 && exit 2; }

on_servers=() on_load=()
if [[ $pin ]]; then
    (($(nproc) > 1)) || { echo "--pin needs two processors." >&2 && exit 2; }
    on_servers=(taskset -c 0) on_load=(taskset -c "1-$(($(nproc) - 1))")
fi

# shellcheck source=bench/common.sh
source bench/common.sh

wants() { [[ -z $only || $only == "$1" ]]; }

# coalescing NAME SERIES: a line of the table of store writes.
coalescing() {
    paste <(values "$2" written) <(values "$2" storeWrites) | awk -v name="$1" '{ printf "| %s | %d | %d | %.1f |\n", name, $1, $2, $2 ? $1 / $2 : 0 }'
}

# --- the pages ---------------------------------------------------------------------------------------------------

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
        row "POST /set, $set_rate/s, p99" set-paced p99Ms '%.2f ms' '<= 2'
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
    publish http.md
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
    publish core.md
}

measure_near() {
    dotnet "$benchmarks" --paired near --rounds "$((rounds > 5 ? rounds : 5))" >"$work/pairs"
    {
        facts 'A hit in the near cache'
        echo 'A read of a cache whose near cache holds the key, through `ICache`, beside `ConcurrentDictionary.TryGetValue` and `MemoryCache.TryGetValue`, and `TryGet` of the two caches' \
            'of BitFaster.Caching 2.6.1, with the same keys and like values: strings, and objects of an application. Both sides of a row ran in turn in one process; the ratio is the median of the rounds. The rows of two threads compare' \
            'their sum with one thread alone.'
        echo
        cat "$work/pairs"
    } >"$work/near.md"
    publish near.md
}

measure_hybrid() {
    dotnet "$benchmarks" --paired hybrid --rounds "$((rounds > 5 ? rounds : 5))" >"$work/pairs"
    {
        facts 'HybridCache'
        echo '`HybridCache.GetOrCreateAsync` of this project beside `MemoryCache.GetOrCreateAsync`, with the same keys and like values; a hit should cost at most 120 ns and 40 bytes. A caller who' \
            'may change what it gets needs an object of its own: that row is compared to a `MemoryCache` of bytes and a deserialization. Both sides of a row ran in turn in one process;' \
            'the ratio is the median of the rounds.'
        echo
        cat "$work/pairs"
    } >"$work/hybrid.md"
    publish hybrid.md
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
    publish flush.md
}

measure_durability() {
    dotnet "$benchmarks" --paired durability --rounds "$((rounds > 5 ? rounds : 5))" --rows "$((rows / 2))" >"$work/pairs"
    {
        facts 'Writes that wait for the disk'
        echo "$((rows / 2)) writes of fresh rows with values of 100 bytes, each caller waiting for its own before it makes the next one. The loop beside them commits 500 rows," \
            "one transaction and one fsync each, into the store's table. Counters: from the first increment until the store has the sums. Store and journal are SQLite with \`synchronous=FULL\` on $(stat -f -c %T "$work"); a logged write's flush goes on meanwhile, on the same disk."
        echo
        cat "$work/pairs"
    } >"$work/durability.md"
    publish durability.md
}

# start_mariadb: sets mariadb, a connection string. Commits are on disk. As root, the server runs as the system's user mysql.
start_mariadb() {
    local port data server as=()
    server=$(command -v mariadbd || command -v mysqld) || { say 'mariadbd is not installed.' && exit 1; }
    port=$(free_port)
    data=$work/mariadb-$port
    mkdir -m 700 "$data"
    if ((EUID == 0)); then
        as=(setpriv --reuid=mysql --regid=mysql --clear-groups)
        chmod 711 "$work"
        chown mysql: "$data"
    fi
    "${as[@]}" mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-name-resolve >"$work/mariadb.log" 2>&1 ||
        { cat "$work/mariadb.log" >&2 && exit 1; }
    launch "$port" "${as[@]}" "$server" --no-defaults --datadir="$data" --port="$port" --bind-address=127.0.0.1 --socket="$data/socket" \
        --skip-name-resolve --innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=512M --innodb-log-file-size=1G --max-allowed-packet=64M
    mariadb="Server=127.0.0.1;Port=$port;User ID=root;Database=test;SslMode=Disabled"
    about_mariadb=$("$server" --version | sed 's/.*Ver \([^ ]*\).*/\1/')
}

measure_mysql() {
    start_mariadb
    dotnet "$benchmarks" --paired mysql --rounds "$((rounds > 5 ? rounds : 5))" --rows "$rows" --mysql "$mariadb" >"$work/pairs"
    end 1
    {
        facts 'Into MariaDB'
        echo "$rows rows with values of 100 bytes, keys in random order, batches of 1,000, on $about_mariadb with \`innodb_flush_log_at_trx_commit=1\`, by MySql.Data. Remanso's time is from the" \
            'first write to the last commit: accepting the writes, queueing, saving and settling, on the memory tier. The bare loop only saves, by one multi-row upsert per batch with the same guard.'
        echo
        cat "$work/pairs"
    } >"$work/mysql.md"
    publish mysql.md
}

# bounded NAME UNIT MOST VALUES...: a line of the table of figures that have a limit and are compared to nothing.
bounded() {
    local name=$1 unit=$2 most=$3
    shift 3
    printf '%s\n' "$@" | sort -g | awk -v name="$name" -v unit="$unit" -v most="$most" '{ v[NR] = $1 } END {
        median = (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2
        printf "| %s | %.3g%s | %.3g to %.3g%s | ≤ %s%s | %s |\n", name, median, unit, v[1], v[NR], unit, most, unit, median <= most ? "met" : "**missed**"
    }'
}

# cpu_of PID SECONDS: how much of a core it takes in that time, in percent.
cpu_of() {
    local before
    before=$(awk '{ print $14 + $15 }' "/proc/$1/stat")
    sleep "$2"
    awk -v before="$before" -v ticks="$(getconf CLK_TCK)" -v seconds="$2" '{ print ($14 + $15 - before) / ticks / seconds * 100 }' "/proc/$1/stat"
}

# start_caches COUNT: a server with so many caches, each in a table of its own, and settings that differ from the default's.
start_caches() {
    local port
    port=$(free_port)
    for ((i = 0; i < $1; i++)); do export "Remanso__Caches__cache${i}__Ttl__Base=1h"; done
    start "$port" "$server" --tier memory: --store "sqlite:$work/caches-$1.db"
    for ((i = 0; i < $1; i++)); do unset "Remanso__Caches__cache${i}__Ttl__Base"; done
    url=http://127.0.0.1:$port
    for _ in {1..600}; do
        curl -sf -o /dev/null "$url/health/ready" && return
        sleep 0.1
    done
    say "It did not become ready: $url" && exit 1
}

measure_footprint() {
    local port url round resident=() held=() idle=() metrics=() bytes
    for ((round = 0; round < rounds; round++)); do
        port=$(free_port)
        start "$port" "$server" --tier memory: --store "sqlite:$work/footprint-$round.db"
        drive fresh "$port" --op set --keys 10000000 --value-bytes 100 --duration "$((seconds * 12))"
        held+=("$(curl -sf "http://127.0.0.1:$port/v1/stats" | sed 's/.*"memory":{[^}]*"bytes":\([0-9]*\).*/\1/' | awk '{ print $1 / 1048576 }')")
        resident+=("$(awk '/^VmHWM/ { print $2 / 1024 }' "/proc/${pids[-1]}/status")")
        end 1
    done

    start_caches 1000
    # What the start leaves to do is no rest, nor is what each cache does for the first time: it looks at its store once a minute.
    sleep 75
    for ((round = 0; round < rounds; round++)); do idle+=("$(cpu_of "${pids[-1]}" "$((seconds * 12))")"); done
    end 1

    start_caches 300
    for _ in {1..20}; do curl -sf -o "$work/metrics" "$url/metrics"; done
    bytes=$(stat -c %s "$work/metrics")
    for ((round = 0; round < rounds; round++)); do
        metrics+=("$(for _ in {1..20}; do curl -sf -o /dev/null -w '%{time_total}\n' "$url/metrics"; done | awk '{ print $1 * 1000 }' | median)")
    done
    end 1
    {
        facts 'What a process takes'
        echo "The memory tier with \`Tier:MaxBytes\` at its default of 256 MiB and SQLite, while 64 clients write keys of ten million at random for $((seconds * 12)) s, values of 100 bytes" \
            "($(values fresh throughput | median | awk '{ printf "%d", $1 }') a second, nearly all of them new; at the end the tier holds $(printf '%s\n' "${held[@]}" | median | awk '{ printf "%d", $1 }') MiB by its own account):" \
            'the most memory that the process ever had (VmHWM), its runtime and its server included.' \
            "A thousand caches on one SQLite file that nobody asks for anything: processor time of one core, in $((seconds * 12)) s." \
            "\`/metrics\` with three hundred caches, $bytes bytes: a request by one client, medians of 20. $rounds rounds of each."
        echo
        echo '| | median | of all rounds | aim | |'
        echo '|---|---:|---:|---:|---|'
        bounded 'memory of a process whose tier may hold 256 MiB' ' MiB' 341 "${resident[@]}"
        bounded 'processor time of 1,000 idle caches' ' %' 2 "${idle[@]}"
        bounded '`/metrics` with 300 caches' ' ms' 50 "${metrics[@]}"
    } >"$work/footprint.md"
    publish footprint.md
}

mkdir -p "$results"
if wants http || wants footprint; then build src/Remanso.Server bench/Remanso.Load bench/Remanso.Baselines; fi
if wants core || wants near || wants hybrid || wants flush || wants durability || wants mysql; then build bench/Remanso.Benchmarks; fi
if wants http; then measure_http; fi
if wants core; then measure_core; fi
if wants near; then measure_near; fi
if wants hybrid; then measure_hybrid; fi
if wants flush; then measure_flush; fi
if wants durability; then measure_durability; fi
if wants mysql; then measure_mysql; fi
if wants footprint; then measure_footprint; fi
