#!/usr/bin/env bash
# Restores, builds, checks the format and runs every test of the solution. Needs the .NET SDK that global.json names;
# the database servers that the tests start themselves, and what checks the models in spec/, are installed where they are missing
# and that is possible.
#
# The last line is "N passed, N failed"; the exit code is 0 only if nothing failed. A step that fails, a project that
# crashes, hangs or runs no test, and a skipped test all count as failures.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly solution=Remanso.slnx
readonly results=TestResults
readonly models=Remanso.Spec.Tests
readonly moved=Remanso.Tests
readonly models_limit=20m
readonly time_limit="${TEST_TIME_LIMIT:-15m}"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_CLI_UI_LANGUAGE=en MSBUILDDISABLENODEREUSE=1 DEBIAN_FRONTEND=noninteractive
# A profile for the compiler's second look costs programs that end soon more than it brings: a third of the build's time.
export DOTNET_TieredPGO=0
# So does each page that is mapped twice, to be written and to be run: a tenth of what hundreds of starts take.
export DOTNET_EnableWriteXorExecute=0

passed=0
failed=0

finish() {
    local running
    for running in ${leisurely:-} ${beside:-}; do kill "$running" 2> /dev/null; done
    tell_failures
    echo "$passed passed, $failed failed"
    # Nothing passed and nothing failed is no success: the script ended before it came to the tests.
    exit $((failed > 0 || passed == 0))
}
trap finish EXIT
trap 'failed=$((failed + 1)); exit 1' INT TERM

say() { printf '\n== %s\n' "$*"; }

# Runs a step; a failure is counted, and told with its name.
step() {
    local name=$1
    shift
    say "$name"
    "$@" && return
    echo "$name: failed"
    failed=$((failed + 1))
    return 1
}

# The failed tests once more, at the end, where nobody has to search for them.
tell_failures() {
    local report
    for report in "$results"/*.xml; do
        grep -qE '<test [^>]*result="(Fail|Skip)"' "$report" 2> /dev/null || continue
        # A line for each test: one long line takes minutes to search.
        # What went wrong comes before what the test printed, which may be the logs of servers.
        tr '\n' ' ' < "$report" | sed 's/<test /\n<test /g' | grep -E '^<test [^>]*result="(Fail|Skip)"' \
            | sed -E 's/<traits>.*<\/traits>//; s/(<output>.*<\/output>)(.*)/\2 \1/' | cut -c 1-2000 \
            | sed -E 's/<test [^>]*name="([^"]*)"[^>]*>/FAILED \1: /; s/<[^>]*CDATA\[|\]\]>|<\/?[a-z-]+[^>]*>/ /g; s/  +/ /g'
    done
}

has() {
    local candidate
    for candidate in "$@"; do
        if [[ -x $candidate ]] || command -v "$candidate" > /dev/null; then return 0; fi
    done
    return 1
}

# What stays missing is no failure here: the tests that need it fail, and say so.
install_servers() {
    local missing=() as_root=()
    has redis-server valkey-server /usr/bin/redis-server || missing+=(redis-server)
    has postgres /usr/lib/postgresql/*/bin/postgres || missing+=(postgresql)
    has pgbouncer /usr/sbin/pgbouncer || missing+=(pgbouncer)
    has mariadbd mysqld /usr/sbin/mariadbd /usr/sbin/mysqld || missing+=(mariadb-server)
    has chromium-headless-shell /usr/bin/chromium-headless-shell || missing+=(chromium-headless-shell)
    has spin || missing+=(spin)
    has gcc || missing+=(gcc libc6-dev)
    ((${#missing[@]})) || return 0

    say "Installing ${missing[*]}"
    ((EUID == 0)) || as_root=(sudo -n)
    # RUNLEVEL=1: the packages' own services stay down, the tests start servers of their own.
    if has apt-get && { ((EUID == 0)) || sudo -n true 2> /dev/null; } \
        && "${as_root[@]}" apt-get update -qq \
        && "${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null; then
        return
    fi
    echo "Could not install them; some tests will fail until these are there: ${missing[*]}"
}

# One compiler for all projects takes a third of the time of one for each. It has a name of its own, so that no other one is ended with it.
build() {
    local compiler="remanso-tests-$$" sdk code
    step "Build" dotnet build "$solution" -c Release --no-restore -p:UseSharedCompilation=true -p:SharedCompilationId="$compiler"
    code=$?
    sdk="$(dirname "$(readlink -f "$(command -v dotnet)")")/sdk/$(dotnet --version)"
    dotnet exec "$sdk/Roslyn/bincore/VBCSCompiler.dll" -shutdown "-pipename:$compiler" > /dev/null 2>&1
    return $code
}

# The sum of an attribute over the assemblies of a report.
count() { grep -o '<assembly [^>]*' "$1" | grep -o " $2=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ n += $1 } END { print n + 0 }'; }

# Test projects are executables; running them directly leaves no host in between that could hide a crash.
execute() {
    local name=$1 assembly watched=(-longRunning 60)
    # Who looks for long tests keeps a thread of the pool, whose rest this project waits for at each step of its clock. It names who has none itself.
    [[ $name == "$moved" ]] && watched=()
    assembly=$(find "$(dirname "$2")/bin/Release" -path "*/net*/$name.dll" -not -path '*/ref/*' | head -n 1)
    timeout --signal=INT --kill-after=30s "$3" \
        dotnet exec "$assembly" -xml "$results/$name.xml" "${watched[@]}" -noColor < /dev/null
}

# Adds up what a project's tests came to, and how they ended.
tally() {
    local name=$1 code=$2 limit=$3 report="$results/$1.xml" bad
    if ((code == 124 || code == 137)); then
        echo "$name: did not end within $limit; the tests reported above as long running are the suspects"
        failed=$((failed + 1))
    fi
    if [[ ! -s $report ]]; then
        echo "$name: ended with code $code and without a report"
        failed=$((failed + 1))
        return
    fi

    passed=$((passed + $(count "$report" passed)))
    bad=$(($(count "$report" failed) + $(count "$report" skipped) + $(count "$report" errors)))
    if (($(count "$report" total) == 0)); then
        echo "$name: ran no test"
        bad=$((bad + 1))
    elif ((code != 0 && bad == 0)); then
        echo "$name: ended with code $code"
        bad=1
    fi
    failed=$((failed + bad))
}

if ! has dotnet; then
    echo "The .NET SDK is missing: see global.json for its version."
    failed=1
    exit
fi

rm -rf "$results"
mkdir -p "$results"
install_servers
step "Restore" dotnet restore "$solution" --locked-mode || exit
build || exit

# The layout alone: rules of style and analyzers have failed the build already.
check_format() {
    dotnet tool restore && dotnet csharpier check . && dotnet format whitespace "$solution" --verify-no-changes --no-restore
}

mapfile -t projects < <(dotnet sln "$solution" list | tr '\\' '/' | grep '\.csproj$' | xargs grep -l '<IsTestProject>true</IsTestProject>')
project_of() { printf '%s\n' "${projects[@]}" | grep "/$1\.csproj$"; }

run() {
    execute "$1" "$(project_of "$1")" "$2" > "$results/$1.txt" 2>&1
    echo $? > "$results/$1.code"
}

# Runs those projects that nobody has begun yet.
run_what_waits() {
    local name
    for name in "$@"; do mkdir "$results/$name.begun" 2> /dev/null && run "$name" "$time_limit"; done
}

tell() {
    say "$1"
    cat "$results/$1.txt"
    tally "$1" "$(cat "$results/$1.code")" "$2"
}

# With what the others leave of the processors: they need no clock and no quiet machine.
{
    renice -n 19 "$BASHPID" > /dev/null
    check_format > "$results/format.txt" 2>&1 < /dev/null
    echo $? > "$results/format.code"
    run "$models" "$models_limit"
} &
leisurely=$!

# Most of the tests wait, for servers and their clocks: so the two longest projects run one after the other, and the others beside them, longest first,
# each where there is room. Who moves a clock by hand waits for rest at each step, which takes longest on a crowded machine, and comes first.
readonly longest=(Remanso.Redis.Tests Remanso.Server.Tests)
readonly long=(Remanso.Dashboard.Tests Remanso.Torture.Tests Remanso.Stores.Tests Remanso.Docs.Tests Remanso.Packages.Tests Remanso.Simulation.Tests)
mapfile -t others < <(printf '%s\n' "${projects[@]}" | xargs -n 1 basename -s .csproj \
    | grep -vxF "$(printf '%s\n' "${longest[@]}" "${long[@]}" "$moved" "$models")")
others=("${long[@]}" "${others[@]}")

run "$moved" "$time_limit"
run_what_waits "${others[@]}" &
beside=$!
for name in "${longest[@]}"; do run "$name" "$time_limit"; done
run_what_waits "${others[@]}"
wait "$beside" "$leisurely"
beside=
leisurely=

for name in "${longest[@]}" "${others[@]}" "$moved"; do tell "$name" "$time_limit"; done
tell "$models" "$models_limit"

told_format() {
    (($(cat "$results/format.code") == 0)) && return
    cat "$results/format.txt"
    return 1
}
step "Format" told_format

say "All projects"
