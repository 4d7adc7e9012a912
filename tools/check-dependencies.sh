#!/usr/bin/env bash
# Asks a database of vulnerabilities about all that ships. docs/release.md.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

help() {
  cat <<'TEXT'
tools/check-dependencies.sh SBOM…    e.g. dist/1.2.3/*.cdx.json, or after  docker build --target dist --output target/dist .
                                     target/dist/*/sbom.json

Asks osv.dev about each library of the CycloneDX files, and about the scripts that the console serves. For a job that has a
network and runs each day: what is found there tomorrow is not known today. Needs curl and jq.

tools/check-dependencies.ignore: what does not concern us, with the day on which somebody looks again, and why:
  GHSA-xxxx-xxxx-xxxx 2026-12-31 the class is not used: …

Ends with 0: nothing is known; 1: something is; 2: it could not be asked. TWOTICK_OSV_URL asks another than https://api.osv.dev.
TEXT
}
fail() { printf 'check-dependencies: %s\n' "$@" >&2; exit 2; }

case ${1:-} in -h | --help) help; exit ;; '') help >&2; exit 2 ;; esac
for tool in curl jq; do type -P $tool >/dev/null || fail "there is no $tool here"; done
url=${TWOTICK_OSV_URL:-https://api.osv.dev}
ignored=tools/check-dependencies.ignore
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ask() { curl -fsS --retry 3 --max-time 60 "$@" || fail "$url does not answer; nothing is known about any library"; }

{
  jq -re '.components[].purl | select(startswith("pkg:maven/dev.twotick/") | not) | sub("[?].*"; "")' "$@" ||
    fail "not a CycloneDX file with components: $*"
  sed -nE '1s|^/\*! htmx ([^,]+),.*|pkg:npm/htmx.org@\1|p' worker/src/main/resources/console/htmx.js
} | sort -u > "$work/purls"

# a page of answers has the token of the next for each library that has more
jq -nR '[inputs | {package: {purl: .}}]' "$work/purls" > "$work/queries"
while [ "$(jq length "$work/queries")" -gt 0 ]; do
  jq '{queries: .[:1000]}' "$work/queries" > "$work/asked"
  ask -H 'Content-Type: application/json' --data-binary "@$work/asked" "$url/v1/querybatch" > "$work/answer"
  jq -e --slurpfile asked "$work/asked" '(.results | length) == ($asked[0].queries | length)' "$work/answer" >/dev/null ||
    fail "$url answers with something else than a result for each library"
  jq -r --slurpfile asked "$work/asked" \
    '.results | to_entries[] | $asked[0].queries[.key].package.purl as $purl | .value.vulns[]? | .id + " " + $purl' \
    "$work/answer" >> "$work/found"
  jq --slurpfile asked "$work/asked" --slurpfile all "$work/queries" \
    '[.results | to_entries[] | select(.value.next_page_token) | $asked[0].queries[.key] + {page_token: .value.next_page_token}]
     + $all[0][1000:]' "$work/answer" > "$work/next"
  mv "$work/next" "$work/queries"
done
sort -u -o "$work/found" "$work/found" 2>/dev/null || : > "$work/found"

# until ID…: the day until which one of these is ignored, empty where none is
until_day() {
  [ ! -e $ignored ] || awk -v ids=" $* " '!/^ *(#|$)/ && index(ids, " " $1 " ") { print $2; exit }' $ignored
}
today=$(date -u +%F)
known=0
while read -r id purl; do
  ask "$url/v1/vulns/$id" > "$work/vulnerability"
  ! jq -e .withdrawn "$work/vulnerability" >/dev/null || continue
  day=$(until_day $(jq -r '[.id] + (.aliases // []) | join(" ")' "$work/vulnerability"))
  if [ -n "$day" ] && [[ ! $day < $today ]]; then
    echo "ignored until $day: $id $purl"
    continue
  fi
  known=$((known + 1))
  jq -r --arg purl "$purl" --arg late "$day" '
    $purl + "\n  " + ([.id] + (.aliases // []) | join(", ")) + "  " + (.database_specific.severity // "") + "\n  "
    + (.summary // (.details // "" | .[:200])) + "\n  fixed in: "
    + ([.affected[]? | select(.package.purl as $of | $of and ($purl | startswith($of + "@"))) | .ranges[]?.events[]? | .fixed // empty]
       | unique | join(", ") | if . == "" then "no version yet" else . end)
    + (if $late == "" then "" else "\n  was ignored until " + $late end)' "$work/vulnerability"
done < "$work/found"
if [ -e $ignored ]; then
  while read -r id rest; do
    [[ $rest =~ ^20[0-9]{2}-[0-9]{2}-[0-9]{2}\ .{10,} ]] || fail "$ignored: $id has no day and reason behind it"
  done < <(grep -vE '^ *(#|$)' $ignored || true)
fi
echo "$(grep -c . "$work/purls") libraries asked about, $known findings"
[ $known -eq 0 ]
