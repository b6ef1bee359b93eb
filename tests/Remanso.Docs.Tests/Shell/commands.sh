# What the pages call, on what this machine has. Read before the listings of a page; SERVER, PORT, ROOT and HOME are set.
set -eo pipefail
export REMANSO_URL="http://localhost:$PORT"
readonly servers="$HOME/servers" program="$(type -P dotnet)"
touch "$servers"
starts=
switches=()
trap 'end_servers; kill $(cat redis.pid 2> /dev/null) 2> /dev/null || true' EXIT

end_servers() {
    xargs -r kill < "$servers" 2> /dev/null || true
    : > "$servers"
    while listens; do sleep 0.05; done
}

# Each listing is for a terminal of its own: no server is left of the one before. Of one that starts a server behind itself it is said.
next_listing() {
    end_servers
    echo "== $1"
    starts=${2:-}
}

# Programs that this machine does not have, or that would change it.
docker() { :; }
helm() { :; }
kubectl() { :; }
pg_dump() { :; }
psql() { echo user:42; }
# What it is given is read: whoever writes to a pipe that nobody reads fails.
sudo() { cat > /dev/null; }
systemctl() { :; }

listens() { command curl -s -o /dev/null "http://localhost:$PORT/health/live"; }

# A server that the page leaves running in its terminal runs beside the rest here.
serve() {
    rm -f "$HOME/server.log"
    case "$*" in
        *--urls*) "$program" exec "$SERVER" "$@" "${switches[@]}" > "$HOME/server.log" 2>&1 < /dev/null & ;;
        *) "$program" exec "$SERVER" --urls "http://localhost:$PORT" "$@" "${switches[@]}" > "$HOME/server.log" 2>&1 < /dev/null & ;;
    esac
    echo $! >> "$servers"
    local left
    for left in {1..300}; do
        if [[ $* == *unix:* ]] && grep -q promise "$HOME/server.log"; then return; fi
        if [[ $* != *unix:* ]] && listens; then return; fi
        kill -0 $! 2> /dev/null || break
        sleep 0.1
    done
    cat "$HOME/server.log"
    return 1
}

# A page that calls a server without having told how to start one means any.
ensure_server() {
    if [[ $starts ]]; then
        until grep -q promise "$HOME/server.log" 2> /dev/null; do sleep 0.1; done
    else
        listens || serve > /dev/null
    fi
}

remanso() {
    [[ ${1:-} == serve ]] && shift
    case "${1:-}" in
        --help | --version | -*) [[ $1 == --help || $1 == --version ]] || { serve "$@"; return; } ;;
        "") serve; return ;;
        keys | doctor | plan | completion) ;;
        *) ensure_server ;;
    esac
    case "${1:-}" in
        # These run until somebody ends them.
        watch | top) timeout --preserve-status -s INT 2 "$program" exec "$SERVER" "$@" || true ;;
        # It found something, on a page that says so.
        doctor) "$program" exec "$SERVER" "$@" || (($? == 5 || $? == 6)) ;;
        # There is none, for the page tells of one that somebody else has.
        dead-letters) "$program" exec "$SERVER" "$@" || (($? == 1)) ;;
        *) "$program" exec "$SERVER" "$@" ;;
    esac
}

# What is built is built; what is made from packages is made by the tests of the packages.
dotnet() {
    local project=
    case "$1" in
        exec) "$program" "$@" ;;
        run)
            while (($#)) && [[ $1 != -- ]]; do
                [[ $1 == --project ]] && project=$2
                shift
            done
            (($#)) && shift
            case "$project" in
                src/Remanso.Server) remanso "$@" ;;
                *) "$program" exec "$ROOT/$project/bin/$CONFIGURATION/net10.0/$(basename "$project").dll" "$@" ;;
            esac
            ;;
        add | build | publish | tool) ;;
        new) mkdir -p "${@: -1}" ;;
        */Remanso.Server.dll) remanso "${@:2}" ;;
        *) echo "dotnet $1 is not known here"; return 1 ;;
    esac
}

# All names lead to this machine. An answer that refuses fails the page, but for the key that nobody has written.
curl() {
    local code
    ensure_server
    command curl -sS --connect-to '::127.0.0.1:' -w '%{stderr}%{http_code}' "$@" 2> "$HOME/status" > "$HOME/answer" || { cat "$HOME/status"; return 1; }
    cat "$HOME/answer"
    echo
    code=$(tail -c 3 "$HOME/status")
    case "$code" in
        2?? | 304) ;;
        404) ! grep -q problem:unknown-cache "$HOME/answer" ;;
        *) echo "curl $*: $code"; return 1 ;;
    esac
}
