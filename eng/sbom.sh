#!/usr/bin/env bash
# Writes the bill of materials of what src/ is made of, as CycloneDX 1.6: each package of others with the version and the hash that the
# lock files name.
#
#   eng/sbom.sh VERSION > remanso.cdx.json
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version="${1:?usage: eng/sbom.sh VERSION}"

# Name, version and hash of every package, a line each.
packages() {
    awk '
        /^      "[^"]+": \{/ { split($0, part, "\""); name = part[2]; resolved = "" }
        /"resolved":/ { split($0, part, "\""); resolved = part[4] }
        /"contentHash":/ { split($0, part, "\""); if (resolved != "") print name, resolved, part[4] }
    ' src/*/packages.lock.json | sort -u
}

hex() { base64 -d <<< "$1" | od -An -v -tx1 | tr -d ' \n'; }

cat << HEAD
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.6",
  "version": 1,
  "metadata": {
    "component": { "type": "framework", "name": "Remanso", "version": "$version", "bom-ref": "remanso", "licenses": [{ "license": { "id": "MIT" } }] }
  },
  "components": [
HEAD
separator=""
while read -r name resolved hash; do
    printf '%s    { "type": "library", "name": "%s", "version": "%s", "bom-ref": "pkg:nuget/%s@%s", "purl": "pkg:nuget/%s@%s",\n      "hashes": [{ "alg": "SHA-512", "content": "%s" }] }' \
        "$separator" "$name" "$resolved" "$name" "$resolved" "$name" "$resolved" "$(hex "$hash")"
    separator=$',\n'
done < <(packages)
printf '\n  ]\n}\n'
