#!/usr/bin/env bash
# Builds the documentation into a site with search, the reference of the public types among it: docs/_site/index.html.
#
#   eng/docs.sh             builds it
#   eng/docs.sh serve       and shows it on http://localhost:8080 until Ctrl-C
#   eng/docs.sh check       runs the tests that measure the pages and follow their links
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

die() { echo "docs.sh: $*" >&2; exit 1; }

readonly work=artifacts/docs

build() {
    dotnet build "$1" -c Release -v q -nologo < /dev/null
}

case "${1:-site}" in
    check)
        build tests/Remanso.Architecture.Tests
        tests=tests/Remanso.Architecture.Tests/bin/Release/net10.0/Remanso.Architecture.Tests.dll
        dotnet exec "$tests" -noColor -namespace Remanso.Architecture.Tests.Pages
        dotnet exec "$tests" -noColor -class Remanso.Architecture.Tests.DocumentationTests
        ;;
    site | serve)
        # One build makes all that docfx reads: the architecture tests refer to every assembly of src.
        build tests/Remanso.Architecture.Tests
        dotnet tool restore > /dev/null
        # The pages link to files all over the repository, and docfx links to nothing above its own folder: it works on a copy.
        rm -rf "$work" docs/_site
        mkdir -p "$work/assemblies"
        git ls-files -z --cached --others --exclude-standard -- '*.md' '*.svg' '*.png' docs deploy eng spec/results LICENSE compose.yaml Dockerfile |
            xargs -0 cp --parents -t "$work"
        cp tests/Remanso.Architecture.Tests/bin/Release/net10.0/*.{dll,xml} "$work/assemblies"
        mv "$work/docs/docfx.json" "$work/docs/toc.yml" "$work"
        dotnet docfx metadata "$work/docfx.json" --logLevel warning
        dotnet docfx build "$work/docfx.json" --logLevel warning --warningsAsErrors
        mv "$work/_site" docs/_site
        # The front page is README.md, so that it is also the one that a reader of the repository sees.
        echo '<!DOCTYPE html><title>Remanso</title><meta http-equiv="refresh" content="0; url=docs/README.html">' > docs/_site/index.html
        echo "docs/_site/index.html: $(find docs/_site -name '*.html' | wc -l) pages"
        [[ ${1:-site} == site ]] || dotnet docfx serve docs/_site --port 8080
        ;;
    *) die "'$1' is unknown; there are check and serve" ;;
esac
