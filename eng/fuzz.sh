#!/usr/bin/env bash
# Fuzzes the parsers that meet foreign bytes: eng/fuzz.sh [TARGET|all] [SECONDS for each] [SEED]. The product's assemblies are
# instrumented in a copy, so that inputs which take a new way are kept and mutated further.
#
# What is found goes into artifacts/fuzz/findings, and inputs worth keeping into artifacts/fuzz/kept. A finding is mended, and its
# file moves to tests/Remanso.Fuzz/Corpus/TARGET, where every test run reads it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly wanted=${1:-all} seconds=${2:-60} seed=${3:-$RANDOM}
readonly project=tests/Remanso.Fuzz built=tests/Remanso.Fuzz/bin/Release/net10.0
readonly copy=$project/bin/Instrumented folder=artifacts/fuzz

dotnet build "$project" -c Release -v q -nologo < /dev/null
rm -rf "$copy"
dotnet exec "$built/Remanso.Fuzz.dll" campaign instrument "$copy"

if [[ $wanted == all ]]; then
    mapfile -t targets < <(dotnet exec "$built/Remanso.Fuzz.dll" campaign list)
else
    targets=("$wanted")
fi

found=0
for target in "${targets[@]}"; do
    dotnet exec "$copy/Remanso.Fuzz.dll" campaign run "$target" "$seconds" "$seed" "$folder" || found=1
done
exit $found
