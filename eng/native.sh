#!/usr/bin/env bash
# Makes the server as one native program for this machine's platform, in artifacts/native, and takes no warning of trimming or
# native compilation for granted. "eng/native.sh --test" then runs the tests that start a server as a process, with that one.
# Needs a C linker (gcc or clang) and zlib's headers, beside the .NET SDK.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly out=artifacts/native
case "$(uname -m)" in
    x86_64) platform=linux-x64 ;;
    aarch64) platform=linux-arm64 ;;
    *) echo "No platform is known for $(uname -m)." >&2; exit 1 ;;
esac

dotnet publish src/Remanso.Server -c Release -r "$platform" -p:PublishAot=true -p:TrimmerSingleWarn=false \
    --artifacts-path artifacts/native-build -o "$out" -v q -nologo
ls -l "$out/Remanso.Server"

if [[ ${1:-} == --test ]]; then
    dotnet build tests/Remanso.Server.Tests -c Release -v q -nologo
    # Without those that need the managed one: a driver of MySQL is loaded at run time.
    REMANSO_TESTED_SERVER="$PWD/$out/Remanso.Server" dotnet exec \
        tests/Remanso.Server.Tests/bin/Release/net10.0/Remanso.Server.Tests.dll -noColor -trait- needs=managed
fi
