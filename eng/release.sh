#!/usr/bin/env bash
# Makes a release: the version and its section of the changelog in a commit with a tag, and in artifacts/VERSION the packages with their
# symbols, the bill of materials and the checksums. It pushes nothing.
#
#   eng/release.sh 1.2.0             all of it; the tests run first
#   eng/release.sh 1.2.0 --dry-run   the files alone, of what is committed: no tests, no commit, no tag
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

die() { echo "release.sh: $*" >&2; exit 1; }

version="${1:-}"
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || die "the version is missing, or none of Semantic Versioning; for one: eng/release.sh 1.2.0"
[[ $# -eq 1 || ($# -eq 2 && $2 == --dry-run) ]] || die "'${*:2}' is unknown; --dry-run is all that there is"
dry="${2:-}"
output="artifacts/$version"

[[ -z $(git status --porcelain) ]] || die "there are changes that are not committed"
git rev-parse -q --verify "refs/tags/v$version" > /dev/null && die "the tag v$version is there already"
# What stands below "Unreleased", up to the next version.
notes="$(awk '/^## \[Unreleased\]/ { on = 1; next } /^## \[/ { on = 0 } on' CHANGELOG.md)"
[[ $notes == *"- "* ]] || die "CHANGELOG.md has nothing below Unreleased"

# What was new in the surface since the last release is shipped by this one.
ship() {
    local unshipped="$1/PublicAPI.Unshipped.txt" shipped="$1/PublicAPI.Shipped.txt" lines
    lines="$(tail -n +2 "$shipped"; grep -v '^#' "$unshipped" || true)"
    {
        head -n 1 "$shipped"
        grep -v '^\*REMOVED\*' <<< "$lines" | grep -vxF -f <(sed -n 's/^\*REMOVED\*//p' <<< "$lines") | LC_ALL=C sort -u
    } > "$shipped.new"
    mv "$shipped.new" "$shipped"
    printf '#nullable enable\n' > "$unshipped"
}

if [[ -z $dry ]]; then
    eng/test.sh || die "the tests fail"
    sed -i "s|<Version>[^<]*</Version>|<Version>$version</Version>|" Directory.Build.props
    sed -i "s|^## \[Unreleased\]|## [Unreleased]\n\n## [$version] - $(date -u +%F)|" CHANGELOG.md
    for surface in src/*/PublicAPI.Shipped.txt; do ship "${surface%/*}"; done
    git commit -qam "Release $version"
    git tag -a "v$version" -m "Remanso $version"
fi

rm -rf "$output"
mkdir -p "$output"
dotnet restore Remanso.slnx --locked-mode -v q
for project in src/*/; do
    dotnet pack "$project" -c Release --no-restore -p:Version="$version" -p:ContinuousIntegrationBuild=true -o "$output" -v q -nologo
done
eng/sbom.sh "$version" > "$output/remanso-$version.cdx.json"
printf '%s\n' "$notes" > "$output/notes.md"
(cd "$output" && sha256sum -- *.nupkg *.snupkg *.cdx.json > SHA256SUMS)
echo "$output: $(find "$output" -name '*.nupkg' | wc -l) packages. Publish them with 'dotnet nuget push', and the tag with 'git push --follow-tags'."
