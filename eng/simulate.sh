#!/usr/bin/env bash
# Lives through simulated worlds, each from a seed: several processes of the product on one simulated tier, store, disk, network and clock
# (tests/Remanso.Simulation). Ends with 1 where a promise was broken, and names the seed; docs/how-to/check-the-protocol.md.
#
#   eng/simulate.sh [--seeds N] [--from SEED]        N seeds (100,000), on all processors
#   eng/simulate.sh --redis …                        the shared tier on a real redis-server whose clock is the world's (5,000)
#   eng/simulate.sh --mutants [--seeds N] [NAME...]  plants each bug of spec/mutants that is marked for it, and tells how many seeds found it
#   eng/simulate.sh replay SEED|FILE                 one seed, with all that happens
#   eng/simulate.sh shrink SEED|FILE                 makes a scenario that breaks a promise smaller, and prints it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/mutants.sh
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

readonly project=tests/Remanso.Simulation mutants=spec/mutants patience=10m
seeds= from=0 plants= copy= mark=yes
declare -a names=() redis=()

die() { echo "$1" >&2 && exit 2; }

build() { dotnet build "$1/$project" -c Release -v q -clp:ErrorsOnly -nologo "${@:2}" < /dev/null; }

run() { dotnet exec "$1/$project/bin/Release/net10.0/Remanso.Simulation.dll" "${redis[@]}" "${@:2}"; }

# All processors: each has a process, whose pool has one thread.
run_all() {
    local workers share worker code=0
    workers=$(nproc)
    share=$(((seeds + workers - 1) / workers))
    local -a running=()
    for ((worker = 0; worker < workers; worker++)); do
        run . run --from $((from + worker * share)) --count "$share" &
        running+=($!)
    done
    for worker in "${running[@]}"; do wait "$worker" || code=1; done
    return "$code"
}

run_mutants() {
    local mutant name found code=0 output
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    git ls-files -z -- src eng deploy "$project" tests/Remanso.Conformance tests/Directory.Build.props Directory.Build.props \
        Directory.Packages.props Remanso.slnx global.json .editorconfig | tar --null -T - -cf - | tar -xf - -C "$copy"
    dotnet restore "$copy/$project" -v q -nologo
    printf '| mutant | what it breaks | first found by seed | seeds needed, median |\n|---|---|---|---|\n'
    for mutant in "$mutants"/*.mutant; do
        name=$(basename "$mutant" .mutant)
        if ((${#names[@]})) && [[ ! " ${names[*]} " == *" $name "* ]]; then continue; fi
        read_mutant "$mutant"
        if [[ ${header[simulation]:-} != "$mark" ]]; then continue; fi
        plant_mutant "$copy"
        # How a mutant is written is nobody's business.
        if ! build "$copy" --no-restore -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false > "$copy/build.txt" 2>&1; then
            found="does not compile" && code=1
        else
            output=$(timeout "$patience" dotnet exec "$copy/$project/bin/Release/net10.0/Remanso.Simulation.dll" \
                "${redis[@]}" run --from "$from" --count "$seeds" --failures 5) || true
            found=$(grep -oE '^seed [0-9]+' <<< "$output" | cut -d ' ' -f 2 | awk -v from="$from" '
                { if (NR == 1) first = $1; gap[NR] = $1 - last + (NR == 1 ? 1 - from : 0); last = $1 }
                END {
                    if (NR == 0) exit 1
                    for (i = 1; i <= NR; i++) for (j = i + 1; j <= NR; j++) if (gap[j] < gap[i]) { t = gap[i]; gap[i] = gap[j]; gap[j] = t }
                    print first " | " gap[int((NR + 1) / 2)]
                }') || { found="**not found in $seeds** |" && code=1; }
        fi
        printf '| `%s` | %s | %s |\n' "$name" "${header[breaks]}" "$found"
        cp "${header[file]}" "$copy/${header[file]}"
    done
    return "$code"
}

while (($#)); do
    case $1 in
        --seeds) seeds=${2:?a number} && shift 2 ;;
        --from) from=${2:?a seed} && shift 2 ;;
        --mutants) plants=yes && shift ;;
        --redis) redis=(--redis) mark=redis && shift ;;
        replay | shrink) build . && run . "$@" && exit 0 || exit 1 ;;
        -*) die "unknown: $1" ;;
        *) names+=("$1") && shift ;;
    esac
done

if [[ -n $plants ]]; then
    [[ $mark == yes ]] && : "${seeds:=10000}" || : "${seeds:=1000}"
    run_mutants
else
    [[ $mark == yes ]] && : "${seeds:=100000}" || : "${seeds:=5000}"
    build .
    run_all
fi
