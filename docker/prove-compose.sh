#!/usr/bin/env bash
# Proves compose.yaml with a real engine: build, up, a signed POST, its row, its hook call, replay, four workers, an
# outage of PostgreSQL. Uses a project, ports, volumes and secrets of its own and removes them. Needs docker compose,
# curl and openssl.   docker/prove-compose.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
while read -r name; do unset "$name"; done < <(compgen -e | grep -E '^(TWOTICK_|JAVA_OPTS$)' || true)

folder=$(mktemp -d)
export PROOF_FOLDER=$PWD/docker/proof
port=$((20000 + RANDOM % 10000)); export PROOF_RECEIVER_PORT=$((port + 1))
project=twotick-proof-$port
secret=$(openssl rand -hex 16)
cat > "$folder/env" <<ENV
TWOTICK_APP_SECRETS=proof=$secret
TWOTICK_VERIFY_TOKEN=$(openssl rand -hex 16)
TWOTICK_DATABASE_PASSWORD=$(openssl rand -hex 16)
TWOTICK_ENCRYPTION_KEY=$(openssl rand -base64 32)
TWOTICK_HTTP_PORT=$port
TWOTICK_CONSOLE_PORT=$((port + 2))
TWOTICK_HOOK_URL=http://receiver:3000/hook
TWOTICK_HOOK_SECRET=whsec_$(openssl rand -base64 32)
TWOTICK_HOOK_ALLOW_NETS=10.$((port / 256)).$((port % 256)).0/28
ENV

compose() {
  docker compose --ansi never --project-name "$project" --project-directory . --env-file "$folder/env" \
    -f compose.yaml -f docker/proof/compose.yaml "$@"
}
finish() {
  local status=$?
  trap - EXIT
  if [ $status -ne 0 ]; then
    echo "prove-compose: FAILED; the last lines of each service:" >&2
    compose ps -a >&2 || true
    compose logs --tail 25 --no-color >&2 || true
  fi
  compose down --volumes --remove-orphans --timeout 20 >/dev/null 2>&1 || { echo 'prove-compose: down failed' >&2; status=1; }
  docker image rm --force "$project-ingest" "$project-worker" >/dev/null 2>&1 || true
  rm -rf "$folder"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '%4ds  %s\n' $SECONDS "$*"; }
fail() { echo "prove-compose: $*" >&2; exit 1; }
sql() { compose exec -T postgres psql -X -U twotick -d twotick -At -v ON_ERROR_STOP=1 -c "$1"; }
calls() { curl -fsS "http://127.0.0.1:$PROOF_RECEIVER_PORT/calls"; }

# post NUMBER: a text message of that number, signed as Meta signs; prints the status
post() {
  printf '{"object":"whatsapp_business_account","entry":[{"id":"100200300400500","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001000","phone_number_id":"900100200300400"},"contacts":[{"profile":{"name":"Ada"},"wa_id":"15550002001"}],"messages":[{"from":"15550002001","id":"wamid.PROOF%s","timestamp":"%s","type":"text","text":{"body":"Gr\\u00fc\\u00dfe %s"}}]}}]}]}' \
    "$1" "$(date +%s)" "$1" > "$folder/body"
  curl -sS -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "@$folder/body" \
    -H "X-Hub-Signature-256: sha256=$(openssl dgst -sha256 -hmac "$secret" -r "$folder/body" | cut -d' ' -f1)" \
    "http://127.0.0.1:$port/webhook"
}
# await SECONDS WHAT EXPECTED COMMAND…: until the command prints what is expected
await() {
  local until=$((SECONDS + $1)) what=$2 expected=$3 got=
  shift 3
  while got=$("$@" 2>/dev/null || true); [ "$got" != "$expected" ]; do
    [ $SECONDS -lt $until ] || fail "$what: expected \"$expected\", got \"$got\""
    sleep 0.3
  done
  say "$what: $got"
}
received() { calls | grep -c "^verified .* $1\$" || true; }

# up OPTIONS: until everything is healthy
up() {
  compose up -d --wait --wait-timeout 480 "$@" > "$folder/up" 2>&1 || { tail -n 5 "$folder/up" >&2; fail 'up did not become healthy'; }
}

compose --profile observe --profile tls --profile media config --quiet # their images are not built here
compose build --quiet
say 'images are built from this folder'
up
say 'everything is healthy'
[ "$(compose exec -T ingest id -u)" != 0 ] && [ "$(compose exec -T worker id -u)" != 0 ] || fail 'a process runs as root'
say 'neither process is root'
for service in postgres redis ingest worker; do
  confined=$(docker inspect --format '{{.HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.SecurityOpt}}' "$(compose ps -q $service)")
  [ "$confined" = '[ALL] true [no-new-privileges:true]' ] || fail "$service is not confined: $confined"
done
say 'all four are confined: no capability, no new rights, nothing to write outside their volumes'
for service in ingest worker; do # insisting on its cache, a JVM that cannot use it does not start
  compose run --rm -T --no-deps -e 'JAVA_OPTS=-XX:MaxRAMPercentage=75 -XX:+UseG1GC -XX:AOTMode=on' $service --version > "$folder/version" 2>&1 ||
    { cat "$folder/version" >&2; fail "$service does not start from its AOT cache"; }
done
say 'both start from the caches that their build made'
for service in ingest worker; do
  docker run --rm --entrypoint cat "$project-$service" THIRD-PARTY.txt sbom.json > "$folder/told"
  grep -q '(redis.clients:jedis:' "$folder/told" && grep -q '"purl" *: *"pkg:maven/redis.clients/jedis@' "$folder/told" ||
    fail "the image of $service does not say what is in it"
done
say 'both say what is in them, with licences'
case $(compose exec -T -e REDISCLI_AUTH= redis redis-cli ping 2>&1) in
  *NOAUTH*) say 'Redis wants its password' ;;
  *) fail 'Redis answers without a password' ;;
esac

[ "$(curl -sS -o /dev/null -w '%{http_code}' -d '{}' "http://127.0.0.1:$port/webhook")" = 401 ] || fail 'an unsigned POST was not answered 401'
say 'an unsigned POST: 401'
[ "$(post 1)" = 200 ] || fail 'the signed POST was not answered 200'
say 'a signed POST: 200'
await 120 'the row in message' 'wamid.PROOF1|inbound|text|Grüße 1' sql "select wamid, direction, type, body from message"
await 120 'the hook call, signature verified' 1 received message.received
first=$(calls | grep ' message.received$')

compose run --rm -T worker --replay --since 1h > "$folder/replay" 2>&1 || { cat "$folder/replay" >&2; fail 'replay ended with an error'; }
say "a replay: $(grep -aoE '[0-9]+ payloads selected.*' "$folder/replay")"
await 120 'outcomes after the replay' 2 sql "select count(*) from payload_outcome"
await 120 'messages after the replay' 1 sql "select count(*) from message"
[ "$(calls | grep ' message.received$')" = "$first" ] || fail 'the replay called the hook again'
say 'the replay called no hook'

up --no-recreate --scale worker=4
await 120 'workers' 4 sh -c "docker ps -q --filter label=com.docker.compose.project=$project --filter label=com.docker.compose.service=worker --filter label=com.docker.compose.oneoff=False | wc -l | tr -d ' '"
for n in $(seq 2 41); do [ "$(post "$n")" = 200 ] || fail "POST $n was not answered 200"; done
await 120 'messages after 40 more POSTs to four workers' 41 sql "select count(*) from message"
await 120 'hook calls' 41 received message.received
await 60 'hook calls, each id once' 41 sh -c "curl -fsS http://127.0.0.1:$PROOF_RECEIVER_PORT/calls | grep ' message.received' | sort -u | wc -l | tr -d ' '"

compose stop --timeout 30 postgres 2>/dev/null
parked() { [ "$(post 42)" = 200 ] && echo 200; }
await 120 'a signed POST while PostgreSQL is away' 200 parked
compose kill --signal SIGKILL redis ingest worker 2>/dev/null
up --no-recreate --scale worker=4
await 180 'its row, after SIGKILL of all and a new start' 1 sql "select count(*) from message where wamid = 'wamid.PROOF42'"
await 120 'its hook call' 42 received message.received
say 'proven'
