#!/usr/bin/env bash
# Explores schedules of the real code: eng/schedules.sh [COUNT] [SCENARIO|all] [SEED]. Two ways to choose who goes on take half of the count each.
#
# eng/schedules.sh --mutants [COUNT] breaks one rule after the other, in a copy of the tree, and says within how many schedules its scenario
# finds it (tests/Remanso.Schedules/mutants.txt); a rule that stays broken unseen fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/mutants.sh

readonly root=$PWD project=tests/Remanso.Schedules
readonly built=$project/bin/Release/net10.0
work=$(mktemp -d)
readonly work
trap 'rm -rf "$work"' EXIT

build() { (cd "$1" && dotnet build "$project" -c Release -v q -nologo -p:RunAnalyzers=false < /dev/null); }

# What runs is a copy in which the scheduler orders every task and lock.
rewrite() { rm -rf "$work/run" && dotnet exec "$1/$built/Remanso.Schedules.dll" schedules rewrite "$work/run" > /dev/null; }

explore() { dotnet exec "$work/run/Remanso.Schedules.dll" schedules run "$1" "$2" "$3" < /dev/null | grep -v '^\.\.'; }

explore_mutants() {
    local count=$1 scenario name mutant found survived=0
    git worktree add --detach -q "$work/tree" HEAD
    trap 'git worktree remove --force "$work/tree"; rm -rf "$work"' EXIT
    (cd "$work/tree" && dotnet restore "$project" -v q -nologo --locked-mode < /dev/null)
    while read -r scenario name; do
        mutant=$root/spec/mutants/$name.mutant
        [[ -f $mutant ]] || mutant=$root/$project/Mutants/$name.mutant
        read_mutant "$mutant"
        plant_mutant "$work/tree"
        build "$work/tree" > "$work/build.txt" 2>&1 || { cat "$work/build.txt"; exit 1; }
        git -C "$work/tree" checkout -q -- .
        rewrite "$work/tree"
        found=$({ explore "$scenario" "$count" 15 || true; } | sed -n 's/^  in schedule \([0-9]*\):.*/\1/p')
        printf '%-18s %-32s %s\n' "$scenario" "$name" "${found:-not found}"
        [[ -n $found ]] || survived=1
    done < <(grep -v '^#' "$project/mutants.txt")
    return $survived
}

if [[ ${1:-} == --mutants ]]; then
    explore_mutants "${2:-2000}"
    exit
fi

readonly count=${1:-10000} wanted=${2:-all} seed=${3:-$RANDOM}
build "$root"
rewrite "$root"
if [[ $wanted == all ]]; then
    mapfile -t scenarios < <(dotnet exec "$built/Remanso.Schedules.dll" schedules list)
else
    scenarios=("$wanted")
fi

failed=0
for scenario in "${scenarios[@]}"; do
    explore "$scenario" "$count" "$seed" || failed=1
done
exit $failed
