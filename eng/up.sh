#!/usr/bin/env bash
# Starts Redis, PostgreSQL, one API process and two workers on free loopback ports, from the packages installed on this
# machine, prints the address and where the key lies, and stops all of them on Ctrl-C.
#
#   eng/up.sh [FOLDER]        data and logs in FOLDER and kept there; in a temporary one, removed at the end, if none is given
#   eng/up.sh stop FOLDER     stops what runs there, from another terminal
#   WORKERS=3 eng/up.sh       another number of workers
set -uo pipefail
readonly root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly workers="${WORKERS:-2}"
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

die() { echo "up.sh: $*" >&2; exit 1; }

if [[ ${1:-} == stop ]]; then
    [[ -n ${2:-} && -s $2/up.pid ]] || die "nothing runs in '${2:-}'"
    read -r pid < "$2/up.pid"
    grep -q up.sh "/proc/$pid/cmdline" 2> /dev/null || die "nothing runs in $2 any more"
    kill -TERM "$pid"
    while kill -0 "$pid" 2> /dev/null; do sleep 0.1; done
    exit 0
fi

postgres_bin="$(dirname "$(find /usr/lib/postgresql/*/bin -name initdb 2> /dev/null | sort -V | tail -1)")"
[[ -x $postgres_bin/initdb ]] || postgres_bin="$(dirname "$(command -v initdb)")"
[[ -x $postgres_bin/initdb ]] || die "PostgreSQL is missing: apt-get install postgresql"
command -v redis-server > /dev/null || die "Redis is missing: apt-get install redis-server"

# PostgreSQL refuses to run as root.
as_postgres=()
((EUID != 0)) || as_postgres=(runuser -u postgres --)

temporary=
if [[ -n ${1:-} ]]; then
    mkdir -p "$1" && folder="$(cd "$1" && pwd)" || die "$1 can't be made"
    [[ ! -s $folder/up.pid ]] || ! kill -0 "$(< "$folder/up.pid")" 2> /dev/null || die "it runs in $folder already"
else
    folder="$(mktemp -d)" && temporary=yes
fi
echo $$ > "$folder/up.pid"
mkdir -p "$folder/redis" "$folder/postgres" "$folder/logs"
chmod 755 "$folder"
((EUID != 0)) || chown postgres "$folder/postgres"

pids=()
started_postgres=
stop() {
    trap - EXIT
    trap '' INT TERM
    # First those who serve and flush, so that what is dirty can still be stored; then what they need.
    for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
        kill -TERM "${pids[i]}" 2> /dev/null && wait "${pids[i]}" 2> /dev/null
    done
    [[ -z $started_postgres ]] || "${as_postgres[@]}" "$postgres_bin/pg_ctl" -D "$folder/postgres/data" -m fast -s stop
    rm -f "$folder/up.pid"
    [[ -z $temporary ]] || rm -rf "$folder"
    echo "Stopped."
    exit "${1:-0}"
}
trap 'stop 1' EXIT
trap 'stop 0' INT TERM

free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)); do
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
    done
}

# Waits until a command succeeds, or says what did not come to pass.
until_true() {
    local what=$1 i
    shift
    for ((i = 0; i < 300; i++)); do
        "$@" > /dev/null 2>&1 && return
        sleep 0.1
    done
    die "$what; see $folder/logs"
}

echo "Building..."
dotnet publish "$root/src/Remanso.Server" -c Release -o "$folder/server" -v q > "$folder/logs/build.log" 2>&1 || die "the build failed; see $folder/logs/build.log"

# Everybody on this machine reaches the port, so it takes a key: its text lies in a file of its owner's, and nowhere else.
export Remanso__Security__KeyFile="$folder/keys.json"
if [[ ! -s $Remanso__Security__KeyFile || ! -s $folder/key ]]; then
    rm -f "$Remanso__Security__KeyFile"
    (umask 077 && dotnet "$folder/server/Remanso.Server.dll" keys create up --scopes all > "$folder/key" 2>> "$folder/logs/build.log") \
        || die "no key could be made; see $folder/logs/build.log"
fi

redis_port="$(free_port)"
# A session of its own: Ctrl-C must reach this script alone, which stops them in their order.
setsid redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$folder/redis" --appendonly yes --maxmemory 1gb --maxmemory-policy noeviction \
    > "$folder/logs/redis.log" 2>&1 &
pids+=($!)

postgres_port="$(free_port)"
[[ -s $folder/postgres/data/PG_VERSION ]] \
    || "${as_postgres[@]}" "$postgres_bin/initdb" -D "$folder/postgres/data" -U postgres -A trust -E UTF8 > "$folder/logs/initdb.log" 2>&1 \
    || die "initdb failed; see $folder/logs/initdb.log"
# The log lies where its user may write.
"${as_postgres[@]}" "$postgres_bin/pg_ctl" -D "$folder/postgres/data" -l "$folder/postgres/postgres.log" -s -w start \
    -o "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=''" || die "PostgreSQL did not start; see $folder/postgres/postgres.log"
started_postgres=yes
until_true "Redis did not start" redis-cli -p "$redis_port" ping

server() {
    setsid dotnet "$folder/server/Remanso.Server.dll" --role "$1" --urls "http://127.0.0.1:$2" \
        --tier "redis://127.0.0.1:$redis_port" --store "postgres://postgres@127.0.0.1:$postgres_port/postgres" > "$folder/logs/$3.log" 2>&1 &
    pids+=($!)
}
api_port="$(free_port)"
for ((n = 1; n <= workers; n++)); do server worker "$(free_port)" "worker-$n"; done
server api "$api_port" api
until_true "the API did not start" dotnet "$folder/server/Remanso.Server.dll" --health "http://127.0.0.1:$api_port"

cat << END
Remanso on http://127.0.0.1:$api_port with $workers workers
  tier   redis://127.0.0.1:$redis_port
  store  postgres://postgres@127.0.0.1:$postgres_port/postgres
  data   $folder
  key    $folder/key
curl -H "Authorization: Bearer \$(cat $folder/key)" http://127.0.0.1:$api_port/get/user:42
Ctrl-C stops all of it.
END
wait -n "${pids[@]}"
echo "up.sh: a process ended; see $folder/logs" >&2
stop 1
