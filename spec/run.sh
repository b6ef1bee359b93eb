#!/usr/bin/env bash
# Checks the models with Spin: each holds, and each mutant of it is caught. Usage:
#
#   spec/run.sh                   the bounded form, as the tests do it
#   spec/run.sh --full            larger bounds; minutes, up to 3 GB
#   spec/run.sh --results         also writes the counterexamples into spec/results
#   spec/run.sh [option] flush    one model
#
# A line for each: what it is, the number of states, the time. The exit code is 0 only if all is as it should be.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly here=$PWD

# Room for a million states (more share it) and 100,000 steps in a row: to clear more takes longer than most searches. One
# that needs more steps says so, and does not hold.
full=() search=(-m100000 -w20) results=0 models=()
for argument in "$@"; do
    case $argument in
        --full) full=(-DFULL) search=(-m1000000 -w24) ;;
        --results) results=1 ;;
        *) models+=("${argument%.pml}.pml") ;;
    esac
done
((${#models[@]})) || mapfile -t models < <(grep -l '^ \* HOLDS' -- *.pml)

for tool in spin gcc; do
    command -v $tool > /dev/null || { echo "$tool is missing: apt-get install spin gcc"; exit 2; }
done

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
readonly root search jobs="${SPEC_JOBS:-$(nproc)}"

# check MODEL SWITCH holds|broken
check() {
    local model=$1 switch=$2 expected=$3 defines=() compile=(-O1) name
    [[ -n $switch ]] && defines=("-D$switch")
    name=${model%.pml}${switch:+ $switch}
    # The shortest counterexample is found breadth first.
    if [[ $expected == broken ]]; then compile=(-O0); ((results)) && compile+=(-DBFS); fi
    local work; work=$(mktemp -d -p "$root")
    (cd "$work" && spin "${full[@]}" "${defines[@]}" -a "$here/$model" > spin.txt \
        && gcc "${compile[@]}" -w -DSAFETY -DMEMLIM=3000 -o pan pan.c) || { cat "$work/spin.txt"; return 1; }
    local begin=$EPOCHREALTIME
    (cd "$work" && timeout "${SPEC_TIME_LIMIT:-300}" ./pan "${search[@]}" -E -n > pan.txt)
    local took; took=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $begin }")
    local states; states=$(awk '/states, stored/ { print $1; exit }' "$work/pan.txt")
    local outcome=unfinished
    grep -q 'errors: 0' "$work/pan.txt" && outcome=holds
    grep -q 'errors: 1' "$work/pan.txt" && outcome=broken
    grep -Eq 'Search not completed|max search depth too small|out of memory' "$work/pan.txt" && [[ $outcome == holds ]] && outcome=unfinished
    printf '%-32s %-10s %12s states %6s s\n' "$name" "$outcome" "${states:--}" "$took"
    if [[ $outcome == broken && $expected == broken ]] && ((results)); then write_result "$model" "$switch" "$work"; fi
    rm -rf "$work"
    [[ $outcome == "$expected" ]] && return
    echo "  expected: $expected"
    return 1
}

write_result() {
    local model=$1 switch=$2 work=$3 trail file
    trail=$(ls "$work"/*.trail)
    file=$here/results/${model%.pml}.$switch.txt
    mkdir -p "$here/results"
    {
        echo "${model%.pml}.pml with $switch: $(sed -n "s/^ \* [A-Z]*  *$switch  *//p" "$here/$model")"
        echo
        (cd "$work" && spin "${full[@]}" "-D$switch" -T -k "$trail" "$here/$model") > "$work/steps.txt"
        # The steps in words, numbered, then what does not hold.
        grep -Ev '^[[:space:]]|^(spin:|#|Never|preparing|starting|[0-9]+ process|ltl|using)|^ *[a-z_A-Z0-9\[\]]+ = |proc +[0-9]+ |^$' "$work/steps.txt" | awk '{ printf "%3d  %s\n", NR, $0 }'
        echo
        echo "Then this does not hold: $(sed -n 's/^pan:[0-9]*: assertion violated \(.*\) (at depth.*/\1/p' "$work/pan.txt")"
    } > "$file"
}

# As many at a time as there are processors; told in their order.
count=0
start() {
    while (($(jobs -rp | wc -l) >= jobs)); do wait -n; done
    { check "$@" > "$root/$count.out" 2>&1 || touch "$root/failed"; } &
    count=$((count + 1))
}

for model in "${models[@]}"; do
    [[ -f $model ]] || { echo "There is no model $model"; exit 2; }
    start "$model" "" holds
    while read -r switch; do start "$model" "$switch" broken; done < <(sed -n 's/^ \* \(MUTANT\|FOUND\)  *\([A-Z_]*\) .*/\2/p' "$model")
done
wait
for ((i = 0; i < count; i++)); do cat "$root/$i.out"; done
[[ ! -e $root/failed ]]
