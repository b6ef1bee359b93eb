#!/usr/bin/env bash
# Breaks one rule of the product at a time and shows that its tests fail. Each file of spec/mutants is one such mutant.
#
#   eng/mutate.sh                   all of them; an hour or two
#   eng/mutate.sh evict-dirty …     these, by name; a name may have * in it
#   eng/mutate.sh --from 40         all from the 40th on, as --list numbers them
#   eng/mutate.sh --simulation      those that the simulation is run against, too
#   eng/mutate.sh --list            tells them and runs nothing
#
# The work is done in a copy of the tree, which is made once and removed at the end; MUTATE_TREE=DIR keeps it there for
# the next time. What comes out is noted in spec/mutants/results.md, a line for each mutant.
#
# The exit code is 0 only if each of them was caught: by a test that fails, or that doesn't end in time.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/mutants.sh
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en

readonly home=$PWD mutants=spec/mutants results=spec/mutants/results.md
readonly time_limit="${MUTATE_TIME_LIMIT:-240}"

die() { echo "mutate.sh: $*" >&2; exit 2; }

# The folder of the project that a file belongs to.
project_of() {
    local folder
    folder=$(dirname "$1")
    while ! compgen -G "$folder/*.csproj" > /dev/null; do folder=$(dirname "$folder"); done
    echo "$folder"
}

names=() from=1 list=0 filter=''
while (($#)); do
    case $1 in
        --from) from=$2; shift ;;
        --list) list=1 ;;
        --simulation) filter='^simulation: yes$' ;;
        -*) die "'$1' is unknown; there are --from N, --simulation and --list" ;;
        *) names+=("${1%.mutant}") ;;
    esac
    shift
done
mapfile -t all < <(cd "$mutants" && LC_ALL=C ls -- *.mutant | sed 's/\.mutant$//')
chosen=()
for ((i = 0; i < ${#all[@]}; i++)); do
    ((i + 1 >= from)) || continue
    [[ -z $filter ]] || grep -q "$filter" "$mutants/${all[i]}.mutant" || continue
    ((${#names[@]})) || { chosen+=("${all[i]}"); continue; }
    for name in "${names[@]}"; do
        # shellcheck disable=SC2053 # A pattern on purpose.
        if [[ ${all[i]} == $name ]]; then chosen+=("${all[i]}"); break; fi
    done
done
((${#chosen[@]})) || die "there is no such mutant"
if ((list)); then
    for ((i = 0; i < ${#all[@]}; i++)); do printf '%3d  %-32s %s\n' $((i + 1)) "${all[i]}" "$(sed -n 's/^breaks: //p' "$mutants/${all[i]}.mutant")"; done
    exit
fi

if [[ -n ${MUTATE_TREE:-} ]]; then
    mkdir -p "$MUTATE_TREE"
    tree=$(cd "$MUTATE_TREE" && pwd)
else
    tree=$(mktemp -d)
    trap 'rm -rf "$tree"' EXIT
fi
readonly tree
[[ $tree != "$home" ]] || die "MUTATE_TREE can't be the tree itself"

# The copy has the files as they are now, committed or not. Only what differs is written, so that builds stay up to date.
while IFS= read -r -d '' file; do
    [[ -f $file ]] || continue
    cmp -s -- "$file" "$tree/$file" || { mkdir -p "$tree/$(dirname "$file")" && cp -- "$file" "$tree/$file"; }
done < <(git ls-files -z --cached --others --exclude-standard)

# The tests of each project as they are, built once; the product's assemblies beside them are set aside, to be put back after each mutant.
declare -A classes=()
for name in "${chosen[@]}"; do
    read_mutant "$mutants/$name.mutant" || exit 2
    [[ -n ${header[tests]:-} && -n ${header[classes]:-} ]] || die "$name names no tests: see $mutants/README.md"
    classes[${header[tests]}]+=" ${header[classes]}"
done
cd "$tree" || exit 2
echo "Building ${!classes[*]} in $tree"
dotnet restore Remanso.slnx --locked-mode -v q < /dev/null > restore.log 2>&1 || { tail -5 restore.log; die "the copy can't be restored"; }
for project in "${!classes[@]}"; do
    dotnet build "tests/$project" -c Release --no-restore -v q < /dev/null > build.log 2>&1 || { grep -m 5 'error' build.log; die "tests/$project does not build"; }
    rm -rf "original/$project"
    mkdir -p "original/$project"
    cp "tests/$project/bin/Release/net10.0"/Remanso*.dll "original/$project"
done

# run PROJECT CLASS…: its exit code is the tests'; what they said is in tests.log.
run() {
    local project=$1 arguments=() class
    shift
    for class in "$@"; do arguments+=(-class "*.$class"); done
    timeout -k 5 "$time_limit" dotnet exec "tests/$project/bin/Release/net10.0/$project.dll" -noColor -stopOnFail "${arguments[@]}" \
        < /dev/null > tests.log 2>&1
}

# Without any mutant they all pass: otherwise a failure would say nothing.
for project in "${!classes[@]}"; do
    mapfile -t distinct < <(tr ' ' '\n' <<< "${classes[$project]}" | sort -u | sed '/^$/d')
    echo "Running ${#distinct[@]} classes of $project without a mutant"
    time_limit_of_all=$time_limit
    MUTATE=none run "$project" "${distinct[@]}" || { grep -m 5 -E '\[FAIL\]|error' tests.log; die "these tests of $project fail without any mutant, or take more than $time_limit_of_all s"; }
    for class in "${distinct[@]}"; do
        grep -rlqE "class $class\b" "tests/$project" --include '*.cs' || die "there is no class $class in $project"
    done
done

declare -A noted=()
[[ ! -f $home/$results ]] || while IFS='|' read -r _ name rest; do
    name=${name// /}
    [[ ! -f $home/$mutants/$name.mutant ]] || noted[$name]="| $name |$rest"
done < "$home/$results"

# Program-written, in the order of their names, so that a run of a few changes a few lines.
write_results() {
    local name caught=0
    for name in "${all[@]}"; do [[ ${noted[$name]:-} != *'| caught'* ]] || caught=$((caught + 1)); done
    {
        echo "# What became of the mutants"
        echo
        echo "Written by \`eng/mutate.sh\`: each rule broken once, the first test that failed, and the seconds that the tests took."
        echo "Caught: $caught of ${#all[@]}."
        echo
        echo "| mutant | outcome | by | s |"
        echo "|---|---|---|---|"
        for name in "${all[@]}"; do echo "${noted[$name]:-| $name | not run | | |}"; done
    } > "$home/$results"
}

bad=0
for name in "${chosen[@]}"; do
    read_mutant "$home/$mutants/$name.mutant" || exit 2
    file=${header[file]}
    plant_mutant "$tree" || die "$name can't be planted"
    project=$(project_of "$file")
    by='' seconds=''
    if dotnet build "$project" -c Release --no-restore --no-dependencies -v q -p:RunAnalyzers=false -p:TreatWarningsAsErrors=false \
        < /dev/null > build.log 2>&1; then
        tests=${header[tests]}
        cp "$project/bin/Release/net10.0/$(basename "$project").dll" "tests/$tests/bin/Release/net10.0/"
        begin=$EPOCHREALTIME
        read -ra wanted <<< "${header[classes]}"
        run "$tests" "${wanted[@]}"
        code=$?
        seconds=$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $begin }")
        by=$(grep -m 1 -oE '[A-Za-z_0-9.+]+(\([^)]*\))? \[FAIL\]' tests.log | sed -E 's/(\(.*\))? \[FAIL\]//; s/^.*\.([^.]+\.[^.]+)$/\1/')
        outcome=survived
        if ((code == 124 || code == 137)); then
            outcome=caught by="${by:-the time limit}"
        elif [[ -n $by ]]; then
            outcome=caught
        elif ((code != 0)); then
            outcome=caught by='the end of the process'
        fi
        cp "original/$tests"/Remanso*.dll "tests/$tests/bin/Release/net10.0/"
    else
        outcome='does not compile'
        grep -m 1 -oE 'error [A-Z]+[0-9]+: [^[]*' build.log
    fi
    cp -- "$home/$file" "$file"
    [[ $outcome == caught ]] || bad=$((bad + 1))
    printf '%-32s %-16s %s %s\n' "$name" "$outcome" "$by" "${seconds:+(${seconds} s)}"
    noted[$name]="| $name | $outcome | $by | $seconds |"
    write_results
done
echo "$((${#chosen[@]} - bad)) of ${#chosen[@]} caught"
((bad == 0))
