#!/usr/bin/env bash
# Brings the whole solution into the format that eng/test.sh checks: layout by CSharpier (140 columns), style by the analyzers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet tool restore
dotnet format style Remanso.slnx --severity warn
dotnet csharpier format .
