#!/usr/bin/env bash
# Runs the server as real processes under mixed load, with one fault after the other, and shows what grows.
#
#   eng/soak.sh                          three minutes
#   eng/soak.sh --minutes 30             so many minutes of load
#   eng/soak.sh --hours 8                so many hours
#   eng/soak.sh --report DIR             where the report goes; artifacts/soak/DATE unless set
#
# It starts its own Redis and PostgreSQL (which are to be installed), one API and two workers on them, and an embedded
# server beside. The report has pictures (index.html) and all samples (samples.csv).
#
# The exit code is 0 only if nothing grew after the warm-up and nothing acknowledged is missing at the end.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

readonly project=Remanso.Torture.Tests
minutes=3 report=artifacts/soak/$(date +%Y-%m-%d-%H%M%S)

die() { echo "soak.sh: $*" >&2; exit 2; }

while (($#)); do
    case $1 in
        --minutes) minutes=$2; shift ;;
        --hours) minutes=$(awk "BEGIN { print $2 * 60 }"); shift ;;
        --report) report=$2; shift ;;
        *) die "'$1' is unknown; there are --minutes M, --hours H and --report DIR" ;;
    esac
    shift
done
seconds=$(awk "BEGIN { printf \"%d\", $minutes * 60 }")
((seconds >= 20)) || die "less than 20 seconds show nothing"
mkdir -p "$report"
report=$(cd "$report" && pwd)

dotnet build "tests/$project" -c Release -v q < /dev/null || exit 2
echo "$((seconds / 60)) min $((seconds % 60)) s of load; the report comes into $report"
REMANSO_SOAK=$seconds REMANSO_SOAK_REPORT=$report \
    dotnet exec "tests/$project/bin/Release/net10.0/$project.dll" -noColor -showLiveOutput -class "$project.Soak.SoakTests" < /dev/null |
    tee "$report/output.txt"
code=${PIPESTATUS[0]}
[[ ! -f $report/index.html ]] || echo "See $report/index.html"
exit "$code"
