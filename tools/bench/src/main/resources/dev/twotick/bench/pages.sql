-- A database as it is after twelve busy days, for the scenario pages: made by set-based statements, and only as true as
-- the console's pages look at it. :messages, :payloads, :contacts and :begin are put in; a step that says by what is done
-- in pieces, each from :from to :to. The steps of a lane, which a letter begins, are beside those of the other; what a
-- transaction has emptied itself is filled without a log.

--: how things are numbered
create schema bench;
create function bench.at(n bigint) returns timestamptz language sql immutable as
$$ select ':begin'::timestamptz + n * (interval '12 days' / :messages) $$;
create function bench.conversation(n bigint) returns bigint language sql immutable as
$$ select 1 + floor(:contacts * power((hashint8(n)::bigint & 2147483647) / 2147483648.0, 3))::bigint $$;
create function bench.wamid(n bigint) returns text language sql immutable as
$$ select 'wamid.HBgLMTY1MDU1NTE' || case n % 3 when 0 then 'J' else 'P' end || lpad(n::text, 13, '0') || 'AgARGBJDNDA5RTlDRkE3NkQwQjI0QzgA' $$;
create function bench.wa_id(contact bigint) returns text language sql immutable as
$$ select (16505000000 + contact)::text $$;
create function bench.number(account bigint) returns text language sql immutable as
$$ select (106540352242919 + account)::text $$;
create function bench.account(conversation bigint) returns bigint language sql immutable as
$$ select 1 + conversation % 20 $$;
create function bench.person(contact bigint) returns uuid language sql immutable as
$$ select md5('person ' || contact)::uuid $$;
create function bench.payload(n bigint) returns uuid language sql immutable as
$$ select (lpad(to_hex((extract(epoch from bench.at(n * :messages / :payloads)) * 1000)::bigint), 12, '0')
    || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid $$;
create function bench.event(n bigint) returns uuid language sql immutable as
$$ select md5('event ' || n)::uuid $$;
-- sixteen events to a page
create function bench.raised(n bigint) returns timestamptz language sql immutable as
$$ select bench.at((n / 16 * 16 + 16) * :messages / :payloads) $$;
select ensure_partitions((':begin'::timestamptz at time zone 'UTC')::date, (now() at time zone 'UTC')::date);

--: accounts, people
insert into account (id, phone_number_id, waba_id, display_phone_number, name) overriding system value
select n, bench.number(n), '102290129340398', '1555078388' || n, case when n % 3 > 0 then 'Shop ' || n end
from generate_series(1, 20) n;
insert into contact (id, business_id, name, name_at, username, created_at)
select bench.person(n), 1,
    case when n % 100 > 0 then (array['Ada', 'Bob', 'Carla', 'Dmitri', 'Elif', 'Femi', 'Grace', 'Hana', 'Igor', 'João', 'Kim',
        'Lena', 'Miguel', 'Nadia', 'Omar', 'Priya', 'Quentin', 'Rosa', 'Sheena', 'Tariq'])[1 + n % 20] || ' '
        || (array['Almeida', 'Becker', 'Costa', 'Diallo', 'Eriksen', 'Fofana', 'García', 'Haddad', 'Ivanova', 'Jones', 'Khan',
        'Lopes', 'Müller', 'Nelson', 'Okafor', 'Pereira', 'Rossi'])[1 + n % 17] || ' ' || n end,
    ':begin', case when n % 50 = 0 then 'user.' || n end, ':begin'
from generate_series(1, :contacts) n;
insert into contact_identity (business_id, kind, value, contact_id)
select 1, 'wa_id', bench.wa_id(n), bench.person(n) from generate_series(1, :contacts) n
union all
select 1, 'user_id', 'US.' || 1000000000 + n, bench.person(n) from generate_series(1, :contacts) n where n % 2 = 0;
insert into contact_mention (business_id, wa_id, user_id, stated_at, name, name_at)
select 1, bench.wa_id(n), case when n % 2 = 0 then 'US.' || 1000000000 + n else '' end, ':begin', p.name, ':begin'
from generate_series(1, :contacts) n join contact p on p.id = bench.person(n);
insert into label (name) select 'label ' || n from generate_series(1, 30) n;
insert into contact_label (contact_id, label_id, by_hand)
select bench.person(n), l.id, true from generate_series(1, :contacts, 10) n join label l on l.name = 'label ' || 1 + n % 30;
insert into account_notice (fact_key, account_id, field, value, digest, payload_id)
select 'notice ' || n, 1 + n % 20, (array['account_update', 'message_template_status_update', 'phone_number_quality_update'])[1 + n % 3],
    '{}', '\x00', bench.payload(n * :payloads / 3000)
from generate_series(1, 3000) n;

--: tables without their keys
create table bench.key (nth int generated always as identity, lane "char", make text);
insert into bench.key (lane, make)
select 'a', indexdef from pg_indexes where indexname in ('message_order_idx', 'message_unread_idx', 'message_latest_idx');
insert into bench.key (lane, make)
select case c.contype when 'f' then 'z' when 'p' then 'b' else 'a' end,
    format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
from pg_constraint c
where c.conname in ('message_key_key', 'message_status_pkey') or c.confrelid = 'message'::regclass;
do $$ declare d record; begin
    for d in select conrelid::regclass as t, conname from pg_constraint
        where conname in ('message_key_key', 'message_status_pkey') or confrelid = 'message'::regclass loop
        execute format('alter table %s drop constraint %I', d.t, d.conname);
    end loop;
end $$;
drop index message_order_idx, message_unread_idx, message_latest_idx;

--: hook endpoints
insert into hook_endpoint (name, url, secret, events, failing_since)
select 'app ' || n, 'https://app' || n || '.example/hook', p.secret, array['campaign.completed'], case when n = 1 then now() - interval '1 hour' end
from generate_series(0, 3) n, (select secret from hook_endpoint limit 1) p;
create table bench.endpoint as
select row_number() over (order by name) - 1 as n, id from hook_endpoint where name like 'app %';

--: a: messages that are there
begin;
truncate message;

--: a: messages, by messages
insert into message (id, key, account_id, wamid, live_at, registered_at, told, direction, direction_rank, kind, type, body, occurred_at,
    content_rank, content_digest, peer_kind, peer_value, from_wa_id, recipient_wa_id, status, status_rank, sent_at,
    delivered_at, read_at, conversation_id, raw, payload_id) overriding system value
select n, encode(substring(sha256(convert_to(bench.number(bench.account(c)), 'UTF8') || '\x00'::bytea
        || convert_to(bench.wamid(n), 'UTF8')) for 16), 'hex')::uuid,
    bench.account(c), bench.wamid(n), case when inbound then at end, case when not inbound then at end, 1,
    case when inbound then 'inbound' else 'outbound' end, 4,
    case when n % 51 = 0 then 'reaction' else 'content' end, case when n % 51 = 0 then 'reaction' when n % 29 = 0 then 'image' else 'text' end,
    case when n % 51 > 0 then 'Does it come in another color? And when would number ' || n || ' be here, if I ordered it today?' end, at,
    5, decode(md5(n::text), 'hex'), 'wa_id', bench.wa_id(c), case when inbound then bench.wa_id(c) end,
    case when not inbound then bench.wa_id(c) end,
    case when inbound then 'pending' else 'read' end, case when inbound then 0 else 4 end,
    case when not inbound then at end, case when not inbound then at end, case when not inbound then at end, c,
    case when inbound then json_build_object('from', bench.wa_id(c), 'id', bench.wamid(n), 'timestamp', extract(epoch from at)::bigint::text,
        'type', 'text', 'text', json_build_object('body', 'Does it come in another color? And when would number ' || n || ' be here?')) end,
    bench.payload(n * :payloads / :messages)
from (select n, bench.conversation(n) as c, bench.at(n) as at, n % 3 = 0 as inbound from generate_series(:from, :to) n) m;

--: a: messages' keys
do $$ declare d text; begin for d in select make from bench.key where lane = 'a' order by nth loop execute d; end loop; end $$;

--: a: conversations
insert into conversation (id, account_id, contact_id, unread_count, last_message_at, window_expires_at) overriding system value
select m.conversation_id, bench.account(m.conversation_id), bench.person(m.conversation_id),
    case when m.conversation_id % 5 = 0 then 1 + m.conversation_id % 4 else 0 end, m.at, m.at + interval '24 hours'
from (select conversation_id, max(occurred_at) as at from message group by 1) m;
commit;

--: b: statuses and payloads that are there
begin;
truncate message_status, payload_log, payload_outcome, hook_page, hook_attempt;

--: b: statuses, by messages
insert into message_status (message_id, status, occurred_at, digest, recipient_id, payload_id)
select n, s, bench.at(n), decode(md5(n::text), 'hex'), bench.wa_id(bench.conversation(n)), bench.payload(n * :payloads / :messages)
from generate_series(:from, :to) n cross join (values ('delivered'), ('read')) s (s) where n % 3 > 0;

--: b: statuses' key
do $$ declare d text; begin for d in select make from bench.key where lane = 'b' order by nth loop execute d; end loop; end $$;

--: b: payloads, by payloads
insert into payload_log (id, received_at, body, signature, app)
select bench.payload(j), bench.at(j * :messages / :payloads), convert_to('{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":'
    || '{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242920"},"statuses":['
    || (select string_agg('{"id":"' || bench.wamid(n) || '","status":"read","timestamp":"1795000000","recipient_id":"16505551234"}', ',')
        from generate_series(j * :messages / :payloads, (j + 1) * :messages / :payloads - 1) n)
    || ']},"field":"messages"}]}]}', 'UTF8'), sha256(j::text::bytea), 'bench'
from generate_series(:from, :to) j;
insert into payload_outcome (payload_id, attempt, state, events, duplicates, error, fields, accounts, finished_at)
select bench.payload(j), bench.payload(j), case when j % 500 = 0 then 'failed' else 'processed' end, 5, case when j % 97 = 0 then 5 else 0 end,
    case when j % 500 = 0 then '1 of 5 items failed' end, case when j % 100 = 7 then array['account_update', 'messages'] end,
    array[bench.number(1 + j % 20)], bench.raised(j)
from generate_series(:from, :to) j;
insert into payload_failure (payload_id, item, error, raw)
select bench.payload(j), 'entry[0].changes[0].value.statuses[0]', 'the database refused it', '{}'
from generate_series(:from, :to) j where j % 500 = 0;
insert into hook_page (raised_at, id, event_ids, types, type_of, account_ids, sizes, bodies)
select bench.raised(min(j)), nextval('hook_page_id'), array_agg(bench.event(j) order by j), array['message.read'], array_agg(1::smallint),
    array_agg(1 + j % 20 order by j), array_agg(octet_length(body) order by j),
    '\x00'::bytea || convert_to(string_agg(body, '' order by j), 'UTF8')
from (select j, '{"type":"message.read","timestamp":"2026-11-29T00:00:00Z","data":{"account":{"phone_number_id":"106540352242920"},'
    || '"payload_id":"' || bench.payload(j) || '","wamid":"' || bench.wamid(j * :messages / :payloads) || '","status":"read"}}' as body
    from generate_series(:from, :to) j) e group by j / 16 order by j / 16;

--: b: hook calls, by payloads
insert into hook_attempt (day, attempt, endpoint_id, event_id, event_at, started_at, duration_ms, first_byte_ms, status_code, outcome,
    error_class, error)
select (bench.raised(j) at time zone 'UTC')::date, 1, p.id, bench.event(j), bench.raised(j), bench.raised(j) + interval '20 ms', 12, 11,
    case when j % 33 = 0 then 500 else 200 end, case when j % 33 > 0 then 'delivered' when p.n = 1 then 'dead' else 'retry' end,
    case when j % 33 = 0 then 'status' end, case when j % 33 = 0 then 'HTTP 500' end
from generate_series(:from, :to) j join bench.endpoint p on p.n = case when j % 33 = 0 then 1 else j % 4 end;
insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, attempt, next_attempt_at, last_error, tried_at)
select p.id, e.id, h.raised_at, h.id, e.place, e.size, 3, case when p.n = 2 then now() + interval '2 days' + e.nth * interval '1 second' end,
    'HTTP 500', h.raised_at
from hook_page h
cross join lateral (select u.id, u.size, u.place, h.id * 16 + u.place as nth
    from unnest(h.event_ids, h.sizes) with ordinality u (id, size, place)) e
join bench.endpoint p on p.n = case when e.nth % 33 = 0 then 1 when e.nth % 20 = 1 then 2 end
where h.raised_at >= bench.raised(:from) and h.raised_at < bench.raised(:to + 1);

--: b: reactions, campaigns
insert into reaction_statement (message_id, kind, value, emoji, reacted_at, digest, payload_id)
select n - 1, 'wa_id', bench.wa_id(bench.conversation(n)), '👍', bench.at(n), '\x00', bench.payload(n * :payloads / :messages)
from generate_series(51, :messages, 51) n where n % 3 = 0;
insert into campaign (id, business_id, key, name, total, sent, delivered, read, sealed_at, completed_at, created_at) overriding system value
select n, 1, 'campaign ' || n, 'Campaign ' || n, 20, 20, 20, 20, bench.at(n * 160), case when n % 10 > 0 then bench.at(n * 160) end, bench.at(n * 160)
from generate_series(1, :messages / 160) n;
insert into campaign_recipient (campaign_id, message_id, wa_id, status, status_rank)
select 1 + n / 160, n, bench.wa_id(bench.conversation(n)), 'read', 4
from generate_series(1, :messages / 160 * 160 - 1, 5) n where n % 3 > 0;
insert into audit_log (at, actor, action, subject)
select bench.at(n * 80), 'user:ada', 'payload.replay', bench.payload(n) from generate_series(1, :messages / 80) n;
commit;

--: what refers to messages
do $$ declare d text; begin for d in select make from bench.key where lane = 'z' order by nth loop execute d; end loop; end $$;

--: counters
select setval(pg_get_serial_sequence('account', 'id'), 20), setval(pg_get_serial_sequence('message', 'id'), :messages),
    setval(pg_get_serial_sequence('conversation', 'id'), :contacts), setval(pg_get_serial_sequence('campaign', 'id'), :messages / 160 + 1);

--: a: vacuum
vacuum (analyze) message

--: b: vacuum
vacuum (analyze) message_status, payload_log, payload_outcome, hook_page, hook_attempt, hook_delivery, campaign_recipient

--: vacuum
vacuum (analyze)
