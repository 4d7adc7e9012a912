#!/usr/bin/env bash
# Makes a release of the commit that is checked out. docs/release.md.
set -euo pipefail
umask 022
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'release: %s\n' "$*"; }
warn() { printf 'release: WARNING: %s\n' "$@" >&2; }
fail() { printf 'release: %s\n' "$@" >&2; exit 1; }

help() {
  cat <<'TEXT'
tools/release.sh --prepare VERSION   write VERSION into the poms, the examples and CHANGELOG.md; look at it, commit it
tools/release.sh VERSION [OPTION…]   build both images and dist/VERSION from that commit

  --registry NAME   push the images to NAME/twotick-ingest:VERSION and NAME/twotick-worker:VERSION, and pin what was pushed
  --images FILE     base and compose images by the digests of FILE, the images.lock of a release that is to be made again
  --unpinned        base and compose images by their tags, for a trial where no registry can be asked

Needs docker with buildx, jq and git. Resolving digests, the build's first download and --registry need a network.

dist/VERSION holds twotick-VERSION.tar.gz (jars that run, notices, compose.yaml and what it mounts, documents), the SBOM and
the third-party notices of both processes, compose.yaml, images.lock (what it was built on), images.txt (the layers of the images),
the release notes and SHA256SUMS. Run again on the same commit with --images, it makes the same bytes.
TEXT
}

preparing= version= registry= images= unpinned=
while [ $# -gt 0 ]; do
  case $1 in
    --prepare) preparing=1 ;;
    --registry) registry=${2:?names a registry}; shift ;;
    --images) images=$(realpath -e "${2:?names a file}"); shift ;;
    --unpinned) unpinned=1 ;;
    -h | --help) help; exit ;;
    -*) help >&2; fail "there is no option \"$1\"" ;;
    *) [ -z "$version" ] || fail "two versions: $version and $1"; version=$1 ;;
  esac
  shift
done
[ -n "$version" ] || { help >&2; fail 'which VERSION?'; }
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] || fail "\"$version\" is no version such as 1.2.3 or 1.2.3-rc.1"
[ -z "$images" ] || [ -z "$unpinned" ] || fail '--images and --unpinned exclude each other'
[ -z "$(git status --porcelain)" ] || fail 'the tree is not clean; a release is what a commit holds:' "$(git status --short)"

has_section() { awk -v version="$version" '$1 == "##" && $2 == version { found = 1 } END { exit !found }' CHANGELOG.md; }

current=$(sed -n 's|^  <version>\(.*\)</version>$|\1|p' pom.xml)

if [ -n "$preparing" ]; then
  ! has_section || fail "CHANGELOG.md has a section $version already"
  grep -q '^## Unreleased$' CHANGELOG.md || fail 'CHANGELOG.md has no section "## Unreleased" that could become it'
  sed -i "s/^## Unreleased$/## $version ($(date -u +%F))/" CHANGELOG.md
  git ls-files '*pom.xml' | xargs sed -i "s|<version>$current</version>|<version>$version</version>|"
  sed -i "s|\(twotick-[a-z]*:\)$current|\1$version|; s|newTag: \"$current\"|newTag: \"$version\"|; s|Twotick/$current|Twotick/$version|" \
    examples/kubernetes/README.md examples/kubernetes/kustomization.yaml docs/hooks.md
  say "$current is $version now. Look at git diff, then:" \
    "git commit -am \"Version $version\" && git tag -s v$version && tools/release.sh $version"
  exit
fi

image() { printf '%stwotick-%s:%s' "${registry:+$registry/}" "$1" "$version"; }

[ "$current" = "$version" ] || fail "pom.xml says $current; tools/release.sh --prepare $version writes $version everywhere"
has_section || fail "CHANGELOG.md has no section \"## $version\""
for tool in docker jq git; do type -P $tool >/dev/null || fail "there is no $tool here"; done
docker info >/dev/null 2>&1 || fail 'no Docker engine answers (docker info)'
[ -n "$(git tag --points-at HEAD "v$version")" ] || warn "this commit is not tagged v$version yet"
if [ ! -e LICENSE ]; then
  unlicensed='There is no LICENSE: nobody but its authors may use, copy or pass on Twotick, whoever can read it. Its owners have to choose one.'
  warn "$unlicensed"
fi

made=$PWD/dist/$version
[ ! -e "$made" ] || fail "$made is there already, and is not written over: move it away"
if [ -n "$registry" ]; then
  for process in ingest worker; do
    ! docker buildx imagetools inspect "$(image $process)" >/dev/null 2>&1 ||
      fail "$(image $process) is published already, and is not written over: another VERSION, or another --registry to make it again"
  done
fi

commit=$(git rev-parse --short=12 HEAD)
epoch=$(git log -1 --format=%ct)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dist=$work/made # and in its place once it is whole
mkdir -p "$dist" "$work/tree"
git archive HEAD | tar x -C "$work/tree" # what is committed, and nothing that only lies here

# ---- the images that others made, by digest ----------------------------------------------------

digest() { docker buildx imagetools inspect "$1" --format '{{json .Manifest}}' | jq -re .digest; }

mapfile -t foreign < <(
  sed -n 's/^ARG J[DR][KE]_IMAGE=//p' Dockerfile
  sed -n 's/^ *image: \([^$]*\)$/\1/p' compose.yaml | sort -u
)
for image in "${foreign[@]}"; do
  if [ -n "$images" ]; then
    pinned=$(awk -v tag="$image" '$1 == tag { print $2 }' "$images")
    [ -n "$pinned" ] || fail "$images does not have $image"
  elif [ -n "$unpinned" ]; then
    pinned=$image
  else
    pinned=$image@$(digest "$image") ||
      fail "the registry of $image does not say its digest. Without a network: --images FILE, or for a trial --unpinned"
  fi
  printf '%s %s\n' "$image" "$pinned"
done > "$dist/images.lock"
pinned() { awk -v tag="$1" '$1 == tag { print $2 }' "$dist/images.lock"; }

# ---- ours --------------------------------------------------------------------------------------

build() {
  docker build --progress=plain --build-arg "COMMIT=$commit" --build-arg "SOURCE_DATE_EPOCH=$epoch" \
    --build-arg "JDK_IMAGE=$(pinned "${foreign[0]}")" --build-arg "JRE_IMAGE=$(pinned "${foreign[1]}")" "$@" "$work/tree" \
    >> "$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; fail 'the image build failed'; }
}
say "building $version ($commit)"
build --no-cache --target build
build --target dist --output "$work/dist"
for process in ingest worker; do
  build --target $process --tag "$(image $process)"
  say "$(image $process) is built"
done
! grep -E '^#[0-9]+ [0-9.]+ twotick: NOT trained' "$work/build.log" || fail 'the AOT caches could not be made' "$(tail -n 40 "$work/build.log")"

for process in ingest worker; do
  name=$(image $process)
  shipped=$name
  if [ -n "$registry" ]; then
    docker push --quiet "$name" >/dev/null
    shipped=$name@$(digest "$name")
  fi
  printf 'twotick-%s %s\n' "$process" "$shipped" >> "$work/ours"
  docker image inspect "$name" | jq -r --arg name "twotick-$process" '.[0].RootFS.Layers | (length - 1) as $last | to_entries[] |
    $name + " " + .value + (if .key == $last then "  (AOT cache: differs from build to build)" else "" end)' >> "$dist/images.txt"
done

# ---- what is handed out ------------------------------------------------------------------------

compose() {
  local arguments=() tag pinned
  while read -r tag pinned; do arguments+=(-e "s|^\( *image: \)$tag\$|\1$pinned|"); done < "$dist/images.lock"
  while read -r tag pinned; do arguments+=(-e "s|^\( *image: \)\${COMPOSE_PROJECT_NAME}${tag#twotick}\$|\1$pinned|"); done < "$work/ours"
  sed -e '/^ *build: /d' -e 's/ --build / /' "${arguments[@]}" compose.yaml
}
compose > "$dist/compose.yaml"
! grep -nE 'COMPOSE_PROJECT_NAME|^ *build:' "$dist/compose.yaml" || fail 'compose.yaml has an image that was not pinned'

for process in ingest worker; do
  mv "$work/dist/$process/sbom.json" "$dist/$process.cdx.json"
  cp "$work/dist/$process/THIRD-PARTY.txt" "$dist/THIRD-PARTY-$process.txt"
done
root=$work/twotick-$version
mv "$work/dist" "$root"
cp -r "$work/tree"/{.env.example,CHANGELOG.md,README.md,SECURITY.md,docs,examples} "$root/"
cat > "$root/BEGIN-HERE.txt" <<TEXT
Twotick $version, to run: cp .env.example .env, fill it in, docker compose up.
Without containers: java --enable-native-access=ALL-UNNAMED -jar ingest/ingest.jar, and worker/worker.jar (Java 25); --help teaches.
README.md and docs/ are the repository's: where they say ./twotick, or name its sources, they mean a clone of it.
TEXT
[ ! -e LICENSE ] || cp LICENSE "$root/"
mkdir "$root/docker"
cp -r "$work/tree/docker"/{observe,proof,tls} "$root/docker/"
cp "$dist/compose.yaml" "$root/"
tar c -C "$work" --sort=name --mtime="@$epoch" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+rw "twotick-$version" |
  gzip -n9 > "$dist/twotick-$version.tar.gz"

{
  printf '# Twotick %s\n\nCommit %s. To a new version: docs/upgrade.md; how to verify these files: docs/release.md.\n' "$version" "$commit"
  [ -z "${unlicensed:-}" ] || printf '\n**%s** The licences of what it brings along: THIRD-PARTY-ingest.txt, THIRD-PARTY-worker.txt.\n' "$unlicensed"
  [ -n "$registry" ] || printf '\nThe images were pushed nowhere: build them, or load them, on the machine that runs compose.yaml.\n'
  ! grep -qv '@sha256:' "$dist/images.lock" || printf '\n**A trial: the images of others stand here by tag, not by digest.**\n'
  awk -v version="$version" '/^## / { here = $2 == version } here' CHANGELOG.md | sed '1d'
} > "$dist/RELEASE-NOTES.txt"
(cd "$dist" && sha256sum -- * > "$work/sums" && mv "$work/sums" SHA256SUMS)
mkdir -p dist
mv "$dist" "$made"
say "made, in dist/$version:" $(ls "$made")
