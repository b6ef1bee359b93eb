#!/usr/bin/env bash
# Brings the whole solution into the format that eng/test.sh checks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dotnet format Remanso.slnx
