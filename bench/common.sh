# What bench/run.sh and bench/run-redis.sh share; sourced, with the repository's root as the current folder. The caller sets
# rounds and date, and may set on_servers and on_load to commands that run others (such as taskset).
# shellcheck shell=bash disable=SC2154

load=bench/Remanso.Load/bin/Release/net10.0/Remanso.Load.dll
server=src/Remanso.Server/bin/Release/net10.0/Remanso.Server.dll
baselines=bench/Remanso.Baselines/bin/Release/net10.0/Remanso.Baselines.dll
benchmarks=bench/Remanso.Benchmarks/bin/Release/net10.0/Remanso.Benchmarks.dll
results=bench/results

work=$(mktemp -d)
pids=()
# end COUNT: stops the last ones started, the latest first: a server can still say good-bye to what it was started after.
end() {
    local pid count=$1
    while ((count-- > 0 && ${#pids[@]} > 0)); do
        pid=${pids[-1]}
        unset 'pids[-1]'
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

stop() {
    end "${#pids[@]}"
    rm -rf "$work"
}
trap stop EXIT

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

# launch PORT COMMAND...: in the background, until it listens.
launch() {
    local port=$1 log
    shift
    log=$work/server-$port.log
    "$@" >"$log" 2>&1 &
    pids+=($!)
    for _ in {1..300}; do
        listens "$port" && return
        kill -0 "${pids[-1]}" 2>/dev/null || break
        sleep 0.1
    done
    cat "$log" >&2
    say "It does not listen: $*" && exit 1
}

# start PORT ASSEMBLY...: the same for a web server of .NET.
start() {
    local port=$1
    shift
    launch "$port" "${on_servers[@]}" dotnet "$@" --urls "http://127.0.0.1:$port"
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

facts() {
    echo "# $1"
    echo
    echo "${date:+$date. }$(nproc) processors ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)), $(uname -sr)," \
        ".NET $(dotnet --list-runtimes | awk '$1 == "Microsoft.NETCore.App" { v = $2 } END { print v }')," \
        "commit $(git rev-parse --short HEAD)$([[ -z $(git status --porcelain -- src bench ':!bench/results') ]] || echo ' with changes')." \
        "How to read this: [bench/README.md](../README.md)."
    echo
}

# publish PAGE: what stands in the working folder becomes a page of the results. Its text is wrapped, its tables are not.
publish() {
    awk '
        /^```/ { code = !code }
        code || /^[|#]/ || length($0) <= 118 { print; next }
        {
            line = ""
            for (i = 1; i <= NF; i++) {
                if (line != "" && length(line) + 1 + length($i) > 118) { print line; line = "" }
                line = line (line == "" ? "" : " ") $i
            }
            print line
        }' "$work/$1" >"$work/wrapped"
    mv "$work/wrapped" "$results/$1"
}
