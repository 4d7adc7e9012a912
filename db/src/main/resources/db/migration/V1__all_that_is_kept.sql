-- Twotick's schema: the log, what was made of it, people and messages, notices, campaigns, erasure, hook calls owed.
-- PostgreSQL 15 or newer. Whatever grows with traffic and is thrown away by age is partitioned by day from the start.
--
-- What is made of payloads is a function of the set of facts, not of their order: a value that can be stated twice is
-- kept with what decides between two statements (Meta's time, and at one time the digest).

-- ---------------------------------------------------------------------------------------------------------
-- Days. A payload's id is a UUIDv7 (RFC 9562): its first 48 bits are epoch milliseconds, so a range of ids is
-- a range of time and the log is partitioned on its own key.

create function uuid_v7_floor(at timestamptz) returns uuid
    language sql immutable strict parallel safe
    return (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid;

comment on function uuid_v7_floor is 'the least UUIDv7 of that millisecond: bounds for partitions and for queries by time';

-- Makes the partitions of these days (UTC) where they are missing; called by this migration, by upkeep, and by
-- ingest when a row finds none. CREATE LIKE and ATTACH, because CREATE … PARTITION OF would lock out writers.
create function ensure_partitions(first_day date, last_day date) returns int
    language plpgsql as
$$
declare
    made   int := 0;
    d      date;
    child  text;
    parent text;
    begins timestamptz;
    ends   timestamptz;
begin
    perform pg_advisory_xact_lock(hashtext('twotick.partitions'));
    perform set_config('lock_timeout', '2s', true);
    for d in select generate_series(first_day, last_day, interval '1 day')::date loop
        foreach parent in array array ['payload_log', 'payload_outcome', 'hook_page', 'hook_attempt'] loop
            child := parent || to_char(d, '_YYYYMMDD');
            continue when exists (select from pg_inherits where inhparent = parent::regclass
                                    and inhrelid = to_regclass(child));
            execute format('create table if not exists %I (like %I including all)', child, parent);
            begins := d::timestamp at time zone 'UTC';
            ends := (d + 1)::timestamp at time zone 'UTC';
            execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child,
                case parent when 'hook_page' then begins::text when 'hook_attempt' then d::text
                    else uuid_v7_floor(begins)::text end,
                case parent when 'hook_page' then ends::text when 'hook_attempt' then (d + 1)::text
                    else uuid_v7_floor(ends)::text end);
            made := made + 1;
        end loop;
    end loop;
    return made;
end
$$;

-- ---------------------------------------------------------------------------------------------------------
-- Payloads

-- What Meta sent, byte for byte. Insert-only: what became of it stands in payload_outcome.
create table payload_log (
    id          uuid        not null primary key,
    received_at timestamptz not null,
    body        bytea       not null,
    signature   bytea       not null,
    app         text        not null
) partition by range (id);

create table payload_outcome (
    payload_id  uuid        not null,
    attempt     uuid        not null, -- a UUIDv7 of that delivery: the last one counts
    state       text        not null check (state in ('processed', 'failed')),
    events      int         not null, -- facts in the payload
    duplicates  int         not null, -- of these, how many were known before
    expired     int         not null default 0, -- older than the message retention, or about an erased person: no effect
    error       text,
    fields      text[],               -- change.field, distinct; null: messages, as nearly always
    accounts    text[]      not null, -- phone_number_id, distinct
    finished_at timestamptz not null default now(),
    primary key (payload_id, attempt)
) partition by range (payload_id);

-- One row for each item of a payload that could not be applied; the rest of the payload was.
create table payload_failure (
    payload_id uuid        not null,
    item       text        not null, -- its path: entry[0].changes[0].value.messages[3]
    error      text        not null,
    raw        text,
    failed_at  timestamptz not null default now(),
    healed_at  timestamptz, -- a later delivery applied it; the row stays, so that payload.failed is raised once
    -- A payload over which workers died is given up for now: the verdict may be wrong, so upkeep tries it again, alone,
    -- at growing intervals.
    retries    int,         -- how often so far; null: not by itself, an operator replays it
    retry_at   timestamptz, -- when next; null: a minute after it failed
    primary key (payload_id, item)
);
create index payload_failure_retry on payload_failure (payload_id) where retries is not null and healed_at is null;

create view payload as
select l.id, l.received_at, l.body, l.signature, l.app,
       o.payload_id, o.attempt, coalesce(o.state, 'received') as state, o.events, o.duplicates, o.error,
       case when o.payload_id is not null then coalesce(o.fields, '{messages}') end as fields,
       o.accounts, o.finished_at, o.expired
from payload_log l
left join lateral (select * from payload_outcome o where o.payload_id = l.id order by o.attempt desc limit 1) o on true;

comment on view payload is 'each logged payload with its last outcome; state is received, processed or failed';

-- ---------------------------------------------------------------------------------------------------------
-- Accounts

create table business (
    id         bigint generated by default as identity primary key,
    name       text        not null,
    created_at timestamptz not null default now()
);
insert into business (name) values ('default'); -- its id is 1, which account and label name

create table account (
    id                   bigint generated always as identity primary key,
    business_id          bigint      not null default 1 references business,
    phone_number_id      text        not null unique, -- or waba:<entry.id> where a payload names no number
    -- by the greatest (Meta's day, text); by day, so that traffic does not update, and lock, an account's row
    waba_id              text,
    waba_on              date,
    display_phone_number text,
    display_on           date,
    name                 text,
    verify_token         text,    -- the operator's: this account's own token for Meta's handshake
    app                  text,    -- the operator's: items signed by another app are failed
    active               boolean     not null default true,
    discovered           boolean     not null default false, -- added by a payload, not by the operator
    created_at           timestamptz not null default now()
);

-- When Meta's handshake came last with which token.
create table handshake (
    token_hash  bytea       not null primary key, -- SHA-256 of an account's own token; empty: the installation's
    accepted_at timestamptz not null
);

-- Which business a WhatsApp Business Account is of: where its numbers are put when they are first heard of. Business-scoped
-- ids belong to a portfolio of Meta's, and an account to one portfolio; so the ids of two accounts are compared only where
-- it is known that they are of one business.
create table waba (
    waba_id      text        not null primary key collate "C",
    business_id  bigint      not null references business,
    portfolio_id text, -- its owner, where Meta has said so
    portfolio_at timestamptz
);
create index on waba (portfolio_id) where portfolio_id is not null;

-- ---------------------------------------------------------------------------------------------------------
-- People

create table contact (
    id                     uuid        not null primary key, -- hash of the identity it was made for
    business_id            bigint      not null references business,
    -- what they are called follows from their mentions: of each kind the greatest (time, text)
    name                   text,
    name_at                timestamptz,
    username               text,
    username_at            timestamptz,
    saved_name             text,
    saved_name_at          timestamptz,
    subscribed_via_signup  boolean     not null default false,
    subscribed_at          timestamptz,
    version                bigint      not null default 0, -- counts the changes that contact.updated told of
    created_at             timestamptz not null default now()
) with (fillfactor = 85);
-- What they are called, for lists and the search by how a name begins: those without a name stand last. A person's name
-- moves seldom, and a message or a status moves nothing of it.
create index contact_called_idx
    on contact ((coalesce(lower(coalesce(saved_name, name, username)), chr(1114111)) collate "C"), id);

-- Who a contact is known as. The identity is inserted first, and only a new one makes a contact.
create table contact_identity (
    business_id bigint      not null,
    kind        text        not null check (kind in ('wa_id', 'user_id', 'parent_user_id')),
    value       text        not null collate "C",
    contact_id  uuid        not null references contact deferrable initially deferred,
    -- A number that a contact_change names: the greatest of their times (1970 for one without). What is said of such a
    -- number may change who is who even where all ids are known, so it is weighed with care.
    changed_at  timestamptz,
    created_at  timestamptz not null default now(),
    primary key (business_id, kind, value)
);
create index on contact_identity (contact_id);

-- Every distinct way in which Meta named one person: which of their ids came together, when last, and what they
-- were called. This, and contact_change, is what is known; who is the same contact as whom follows from it.
-- '' where an id was absent. Its contact is the one of its user id, else of the parent's, else of the number.
create table contact_mention (
    business_id    bigint not null references business,
    wa_id          text   not null default '' collate "C",
    user_id        text   not null default '' collate "C",
    parent_user_id text   not null default '' collate "C",
    stated_at      timestamptz, -- greatest of Meta's times
    name           text,        -- profile name; of two at one time the greater text stands
    name_at        timestamptz,
    username       text,
    username_at    timestamptz,
    saved_name     text,        -- as in the business's own address book; null: taken out of it, if saved_name_at
    saved_name_at  timestamptz,
    primary key (business_id, wa_id, user_id, parent_user_id)
) with (fillfactor = 80);
create index on contact_mention (business_id, user_id) where user_id <> '';
create index on contact_mention (business_id, parent_user_id) where parent_user_id <> '';

-- One person's id became another (a system message, user_id_update).
create table contact_change (
    business_id bigint not null references business,
    from_kind   text   not null check (from_kind in ('wa_id', 'user_id', 'parent_user_id')),
    from_value  text   not null collate "C",
    to_kind     text   not null check (to_kind in ('wa_id', 'user_id', 'parent_user_id')),
    to_value    text   not null collate "C",
    stated_at   timestamptz, -- greatest of Meta's times
    primary key (business_id, from_kind, from_value, to_kind, to_value)
);
create index on contact_change (business_id, to_kind, to_value);

-- A contact that proved to be another one: its id is never given again, and leads to the one that remains.
create table contact_merged (
    from_id   uuid        not null primary key,
    into_id   uuid        not null references contact,
    merged_at timestamptz not null default now()
);
create index on contact_merged (into_id);

-- Of a person or of a group. Every inbound message updates its conversation: no index on what it moves, and room on the
-- page, keep that update HOT.
create table conversation (
    id                bigint generated always as identity primary key,
    account_id        bigint      not null references account,
    contact_id        uuid references contact,
    group_id          text collate "C",
    unread_count      int         not null default 0,
    read_up_to        timestamptz, -- a receive time: what arrived until then has been read
    last_message_at   timestamptz, -- the greatest of Meta's times
    window_expires_at timestamptz, -- Meta's customer service window: 24 h from the last inbound message
    created_at        timestamptz not null default now(),
    -- When people prove to be one, or a number passes on, messages become another contact's. A page of them moves at
    -- once, the others page by page, the latest first.
    -- messages before this place (Meta's time, id) may be another contact's by now; null: all are this one's
    misplaced_before    timestamptz,
    misplaced_before_id bigint,
    -- all of its messages go to the contact's other conversation, and then it is gone
    leaving           boolean     not null default false,
    constraint conversation_other_side check (num_nonnulls(contact_id, group_id) = 1)
) with (fillfactor = 85);
create unique index on conversation (account_id, contact_id) where not leaving;
create unique index on conversation (account_id, group_id) where group_id is not null;
create index on conversation (contact_id);
create index conversation_misplaced_idx on conversation (id) where misplaced_before is not null;

-- ---------------------------------------------------------------------------------------------------------
-- Messages

-- With room for the updates that statuses bring, on the same page.
--
-- What hangs on a row that is never deleted, or that the writer has locked, has no foreign key: the check would cost more
-- than the row. An account is never deleted. A status or a reaction is written by a transaction that has just written its
-- message, and so has the row locked; whoever deletes a message locks it first, and deletes what hangs on it.
create table message (
    id                bigint generated always as identity primary key,
    -- 16 bytes of SHA-256 of phone_number_id, a zero byte, wamid. The one random index, and the public id.
    key               uuid        not null unique,
    account_id        bigint      not null, -- an account's
    wamid             text        not null,
    -- when which source first told of it (receive time)
    live_at           timestamptz,
    echoed_at         timestamptz,
    history_at        timestamptz,
    standby_at        timestamptz,
    registered_at     timestamptz,
    -- which source has told of it as which kind, one bit each: what an update adds to it is new, and owes an event
    told              int         not null default 0,
    -- the bits that the last insert or update of the row added, and what it did to the content: a statement's answer to
    -- itself, because RETURNING knows nothing of the row before
    news              int         not null default 0,
    direction         text check (direction in ('inbound', 'outbound')),
    -- what the direction is from: live 4; echo, status, registration 3; history's or standby's word 2; an edit or revoke 1
    direction_rank    smallint    not null default 0,
    -- content counts as unread and as the conversation's last message; the others speak about another message
    kind              text        not null default 'content' check (kind in ('content', 'reaction', 'edit', 'revoke', 'system')),
    type              text,
    body              text,
    occurred_at       timestamptz, -- Meta's time
    -- of two contents the one with the greatest (content_rank, occurred_at, digest) stands: a placeholder gives way to
    -- what it stood for
    content_rank      smallint,
    content_digest    bytea,
    content_error     int,         -- of the content that stands
    -- the id by which the conversation's other side was named; its contact's conversation is the message's
    peer_kind         text check (peer_kind in ('wa_id', 'user_id', 'parent_user_id')),
    peer_value        text,
    media_id          text,
    media_mime_type   text,
    media_sha256      text,
    media_filename    text,
    media_url         text,
    media_expires_at  timestamptz, -- Meta keeps a webhook's media for 7 days
    voice             boolean,     -- an audio that was spoken for this chat
    latitude          double precision,
    longitude         double precision,
    location_name     text,
    location_address  text,
    reply_to_wamid    text,
    forwarded         boolean,
    referral          json,        -- the click-to-WhatsApp ad
    group_id          text,
    from_wa_id        text,
    from_user_id      text,
    recipient_wa_id   text,
    recipient_user_id text,
    -- greatest by rank: pending 0, sent 1, failed 2, delivered 3, read 4, played 5
    status            text        not null default 'pending',
    status_rank       smallint    not null default 0,
    sent_at           timestamptz,
    delivered_at      timestamptz,
    read_at           timestamptz,
    played_at         timestamptz,
    failed_at         timestamptz,
    status_error      int,         -- the greatest that its statuses gave
    error_code        int,
    edited_at         timestamptz,
    edit_digest       bytea,       -- of two edits the one with the greatest (edited_at, digest) stands: its body
    media_edited_at   timestamptz, -- the latest of the edits that brought media: its media
    media_edit_digest bytea,
    revoked_at        timestamptz,
    conversation_id   bigint references conversation,
    raw               json,        -- the item as Meta sent it, as text
    payload_id        uuid,
    created_at        timestamptz not null default now()
) with (fillfactor = 85);
-- The order in which a conversation is read and its messages are moved; those of one time by id.
create index message_order_idx
    on message (conversation_id, occurred_at desc, id desc) where conversation_id is not null;
-- What was received after a conversation's read_up_to, without reading the conversation.
create index message_unread_idx on message (conversation_id, live_at)
    where live_at is not null and direction = 'inbound' and kind = 'content' and conversation_id is not null;
-- The latest content of each direction: what a conversation's times are, without reading the conversation.
create index message_latest_idx on message (conversation_id, (coalesce(direction, '')), occurred_at)
    where conversation_id is not null and kind = 'content';

comment on column message.content_rank is
    'which source the content is from: live 5, echo 4, standby 3, history''s media 2, history 1, a program that registered it 0; six less for a placeholder, such as the type unsupported';
comment on column message.error_code is
    'status_error, unless the message was delivered; else content_error';
comment on column message.failed_at is
    'null once the message was delivered; message_status keeps when and why it failed';

create table message_status (
    message_id    bigint      not null, -- a message's
    status        text        not null,
    participant   text        not null default '', -- of a group
    occurred_at   timestamptz, -- least of Meta's times
    digest        bytea       not null,
    recipient_id  text,
    pricing       json,
    conversation  json,
    errors        json,
    callback_data text,
    payload_id    uuid        not null,
    created_at    timestamptz not null default now(),
    primary key (message_id, status, participant)
);

-- Under which id a person said what of a message. Whose reaction that is follows from it: see message_reaction.
create table reaction_statement (
    message_id bigint not null, -- a message's
    kind       text   not null, -- of an identity; 'business' for the account's own, '' where Meta does not say
    value      text   not null collate "C",
    emoji      text,            -- null: taken back
    reacted_at timestamptz,
    digest     bytea  not null, -- of two the one with the greatest (reacted_at, digest) stands
    payload_id uuid   not null,
    primary key (message_id, kind, value)
);

-- Ask it for a message_id, which goes down to the statements' key; a join with message does not.
create view message_reaction as
select s.message_id, coalesce(n.value, s.value) as reactor, s.emoji, s.reacted_at, s.payload_id
from (
    select distinct on (r.message_id, coalesce(i.contact_id::text, r.value))
        r.message_id, i.contact_id, r.value, r.emoji, r.reacted_at, r.payload_id
    from reaction_statement r
    join message m on m.id = r.message_id
    join account a on a.id = m.account_id
    left join contact_identity i on i.business_id = a.business_id and i.kind = r.kind and i.value = r.value
    order by r.message_id, coalesce(i.contact_id::text, r.value),
        r.reacted_at desc nulls last, r.digest desc, r.payload_id) s
left join lateral (
    select i.value from contact_identity i where i.contact_id = s.contact_id
    order by array_position(array ['wa_id', 'user_id', 'parent_user_id'], i.kind), i.value limit 1) n on true;
comment on view message_reaction is 'what each person''s reaction to a message is now; reactor is their wa_id, else user id, else parent''s; business for the account''s own; empty where Meta does not say';

create table flow_response (
    message_id   bigint      not null primary key references message,
    account_id   bigint      not null references account,
    name         text,       -- nfm_reply.name
    flow_token   text,
    response     json,       -- response_json, what the person filled in; null: not JSON, see message.raw
    completed_at timestamptz,
    digest       bytea       not null, -- of two the one with the greatest (completed_at, digest) stands
    payload_id   uuid        not null
);

-- ---------------------------------------------------------------------------------------------------------
-- The other fields: their history is account_notice, their state is here

-- Whatever has no row of its own: the other fields, and items without a usable id.
create table account_notice (
    id          bigint generated always as identity primary key,
    fact_key    text        not null collate "C" unique,
    account_id  bigint      not null references account,
    field       text        not null,
    value       json        not null,
    occurred_at timestamptz,
    digest      bytea       not null, -- of two with one key the one with the greatest (occurred_at, digest) stands
    -- A notice that Meta gives neither an id nor a time may be Meta's retry of one that is there (seven days at most, so
    -- long Meta sends a POST again), or the same said anew. Null for all others;
    -- docs/decisions/what-has-no-time-is-told-once-in-seven-days.md.
    undated_at  numeric, -- 10^12 times the hash of what it says, plus the second in which it was received
    payload_id  uuid        not null,
    created_at  timestamptz not null default now(),
    exclude using gist (numrange(undated_at, undated_at + 604800) with &&) where (undated_at is not null)
);
create index on account_notice (account_id, field, id);

-- One row for each template of a WhatsApp Business Account; each group of columns by its own latest statement.
create table template (
    account_id        bigint not null references account,
    template_id       text   not null,
    name              text,
    language          text,
    named_at          timestamptz,
    named_digest      bytea,
    status            text, -- APPROVED, REJECTED, PAUSED …
    reason            text,
    status_at         timestamptz,
    status_digest     bytea,
    quality           text, -- GREEN, YELLOW, RED, UNKNOWN
    quality_at        timestamptz,
    quality_digest    bytea,
    category          text,
    category_at       timestamptz,
    category_digest   bytea,
    components        json,
    components_at     timestamptz,
    components_digest bytea,
    primary key (account_id, template_id)
);

create table call (
    account_id    bigint not null references account,
    call_id       text   not null, -- wacid.…
    direction     text check (direction in ('inbound', 'outbound')),
    event         text, -- the last: connect, terminate …
    status        text, -- the last: RINGING, ACCEPTED, COMPLETED …
    wa_id         text, -- the other side
    user_id       text,
    -- the id by which the other side was named, of several the most telling; its contact's conversation has the window
    peer_kind     text check (peer_kind in ('wa_id', 'user_id', 'parent_user_id')),
    peer_value    text collate "C",
    -- the one before the last update: a statement's answer to itself, because RETURNING knows nothing of the row before
    former_kind   text,
    former_value  text,
    called_at     timestamptz, -- when it began: the least of Meta's times
    accepted_at   timestamptz, -- when the user took a call of the business's: likewise
    opened_at     timestamptz, -- when the user called, or took a call; from then on the window is open
    started_at    timestamptz,
    ended_at      timestamptz,
    duration_s    int,
    callback_data text,
    event_at      timestamptz,
    event_digest  bytea,
    status_at     timestamptz,
    status_digest bytea,
    primary key (account_id, call_id)
);
create index call_opened_idx on call (account_id, peer_kind, peer_value, opened_at) where opened_at is not null;

-- ---------------------------------------------------------------------------------------------------------
-- Media that are kept, by workers with the role `media`; nothing is written here while there is none. They read the
-- events on from a place, and so what brings a message does nothing for this.

-- How far they have read: an event's page, and so many places on it.
create table media_place (
    one   boolean not null primary key default true check (one),
    place text    not null
);

-- Which folder is a store's: it has a file that is named after this id. A disk that is not mounted leaves a folder too,
-- and one that workers do not share looks like one; in neither is a file that is missing a file that is deleted.
create table media_store (
    base text not null primary key, -- where its files' locations begin
    id   uuid not null
);

-- A file for each media id that a message has had. Its message is locked where a row is made, and so has no foreign key.
create table media (
    message_id   bigint      not null, -- a message's
    media_id     text        not null collate "C",
    name         text        not null, -- of its file within a store: a day and hashes, nothing that a sender chose
    mime_type    text,                 -- as the webhook says
    told_sha256  text,                 -- likewise: base64 of 32 bytes, or their hex
    expires_at   timestamptz,          -- Meta keeps it until then
    state        text        not null default 'waiting' check (state in ('waiting', 'fetched', 'gone', 'failed')),
    reason       text,                 -- why the last try failed
    tries        int         not null default 0,
    next_try_at  timestamptz not null, -- the first: when it was sent, so that the oldest comes first
    claim        uuid,                 -- who holds it; recording an outcome needs the same
    leased_until timestamptz,
    -- Where its file is, or will be: written by the claim, before there is one, so that no file is without a row.
    location     text,
    size         bigint,               -- of what was fetched, in bytes
    sha256       bytea,                -- likewise
    ended_at     timestamptz,          -- fetched, gone or failed
    primary key (message_id, media_id)
);
create index media_due_idx on media (next_try_at) where state = 'waiting';

-- Files whose messages are deleted, and which have to go.
create table media_removal (
    location text        not null primary key,
    due_at   timestamptz not null, -- when nobody fetches it any more
    reason   text                  -- why the last try failed
);

-- ---------------------------------------------------------------------------------------------------------
-- Preferences and sign-ups. What a person stated stands under the id that it was stated with (…_statement), what a
-- contact has follows from it, because a number can pass from one contact to another.

create table preference_statement (
    account_id bigint not null references account,
    kind       text   not null,
    value      text   not null collate "C",
    category   text   not null,
    preference text   not null,
    stated_at  timestamptz,
    digest     bytea  not null, -- of two the one with the greatest (stated_at, digest) stands
    payload_id uuid   not null,
    primary key (account_id, kind, value, category)
);
create index on preference_statement (kind, value);

create table contact_preference (
    account_id bigint not null references account,
    contact_id uuid   not null references contact,
    category   text   not null, -- marketing_messages
    value      text   not null, -- stop, resume
    stated_at  timestamptz,
    digest     bytea  not null,
    payload_id uuid   not null,
    primary key (account_id, contact_id, category)
);
create index on contact_preference (contact_id);

create table label (
    id          bigint generated always as identity primary key,
    business_id bigint      not null default 1 references business,
    name        text        not null,
    created_at  timestamptz not null default now(),
    unique (business_id, name)
);

create table contact_label (
    contact_id uuid        not null references contact,
    label_id   bigint      not null references label,
    by_hand    boolean     not null default false, -- otherwise it follows from a sign-up
    created_at timestamptz not null default now(),
    primary key (contact_id, label_id)
);
create index on contact_label (label_id);

create table signup (
    business_id       bigint      not null references business,
    signup_id         text        not null,
    name              text,
    auto_add_label_id bigint references label, -- the operator's
    subscriber_count  int         not null default 0, -- distinct contacts
    discovered        boolean     not null default false, -- added by a payload, not by the operator
    created_at        timestamptz not null default now(),
    primary key (business_id, signup_id)
);

create table signup_statement (
    business_id   bigint not null,
    signup_id     text   not null,
    kind          text   not null,
    value         text   not null collate "C",
    subscribed_at timestamptz, -- least of Meta's times
    payload_id    uuid   not null,
    primary key (business_id, signup_id, kind, value),
    foreign key (business_id, signup_id) references signup
);
create index on signup_statement (business_id, kind, value);

create table signup_subscription (
    business_id   bigint not null,
    signup_id     text   not null,
    contact_id    uuid   not null references contact,
    subscribed_at timestamptz, -- least of Meta's times
    primary key (business_id, signup_id, contact_id),
    foreign key (business_id, signup_id) references signup
);
create index on signup_subscription (contact_id);

-- ---------------------------------------------------------------------------------------------------------
-- Campaigns

create table campaign (
    id             bigint generated always as identity primary key,
    business_id    bigint      not null references business,
    key            text        not null,
    name           text,
    declared_total int,        -- how many the operator said there will be; null: as many as are named
    total          int,        -- recipients, known once it is sealed; the greater of declared and counted
    sent           int         not null default 0, -- reached sent or more; failed are not among them
    delivered      int         not null default 0, -- reached delivered or more: a read counts
    read           int         not null default 0,
    failed         int         not null default 0,
    sealed_at      timestamptz,
    completed_at   timestamptz,
    created_at     timestamptz not null default now(),
    unique (business_id, key)
);

-- Two kinds of row. With a message: linked by its wamid, or by a status whose callback data names the campaign. Without:
-- somebody who is planned, and whose status is that of the messages that name them. A row without either is somebody
-- whose message and name are deleted by now, and who still counts.
create table campaign_recipient (
    id             bigint generated always as identity primary key,
    campaign_id    bigint   not null references campaign,
    message_id     bigint references message,
    recipient      text collate "C", -- wa_id (digits) or user id, where the file names one
    -- a planned number's other spelling (Brazil's ninth digit, Mexico's 1, …): a message may name the person by either
    other_spelling text collate "C",
    wa_id          text collate "C", -- the message's recipient_wa_id and recipient_user_id
    user_id        text collate "C",
    status         text     not null default 'pending', -- the message's, by the same rank
    status_rank    smallint not null default 0,
    gone_rank      smallint not null default 0, -- without a message: the rank of those that are deleted by now
    unique (campaign_id, message_id)
);
create unique index on campaign_recipient (campaign_id, recipient) where message_id is null;
create index on campaign_recipient (message_id) where message_id is not null;

-- Campaigns whose counts are behind; a row for each batch that moved one, taken away by the recount. Insert-only, so
-- that workers do not wait for one another.
create table campaign_dirty (
    id          bigint generated always as identity primary key,
    campaign_id bigint not null references campaign on delete cascade
);

-- ---------------------------------------------------------------------------------------------------------
-- Erasure

-- Who was erased, as a keyed hash of (business, kind, value): facts about them from before are not applied again.
create table tombstone (
    identity_hash bytea       not null primary key,
    erased_at     timestamptz not null
);

-- ---------------------------------------------------------------------------------------------------------
-- Hook calls

create table hook_endpoint (
    id                  uuid        not null primary key default gen_random_uuid(),
    name                text        not null unique,
    url                 text        not null,
    description         text        not null default '',
    secret              bytea       not null, -- sealed with TWOTICK_ENCRYPTION_KEY; signs, and each older one until its end
    older_secrets       bytea[]     not null default '{}', -- sealed alike
    older_until         timestamptz[] not null default '{}', -- of each older one; null: until it is replaced
    format              text        not null default 'standard' check (format in ('standard', 'meta', 'chat')),
    events              text[]      not null default '{*}', -- globs: message.*; of format meta: from the next three
    accounts            text[],               -- phone_number_ids; null: all
    fields              text[],               -- of format meta: Meta's fields; null: all
    one_item            boolean     not null default false, -- of format meta: a call for each item
    headers             bytea,                -- that calls carry besides ours, as they may hold a token sealed; null: none
    concurrency         int         check (concurrency > 0), -- at once from a worker; null: TWOTICK_HOOK_ENDPOINT_CONCURRENCY
    rate                int         check (rate > 0),        -- calls in a second from all workers; null: any number
    rate_used_until     timestamptz, -- what was claimed uses up the rate until then
    timeout_ms          int         check (timeout_ms > 0),  -- null: TWOTICK_HOOK_TIMEOUT
    final_codes         int[]       not null default '{}',   -- a call answered so is given up, and says nothing of it
    batch               int         check (batch between 1 and 100), -- as many events in a call; null: a call for each
    ordered             boolean     not null default false,  -- the calls of a conversation go one after the other
    allow_nets          text[]      not null default '{}',   -- ranges that it may be in, besides TWOTICK_HOOK_ALLOW_NETS
    active              boolean     not null default true,   -- calls are owed to it
    paused              boolean     not null default false,  -- they are owed, and wait: an operator said so
    disabled_reason     text,
    disabled_at         timestamptz, -- what was raised since is not owed
    failing_since       timestamptz, -- first failure since the last success
    failures            int         not null default 0, -- in a row
    paused_until        timestamptz, -- circuit breaker, shared by all workers
    failing_told_at     timestamptz, -- endpoint.failing was raised last, of this failure
    parked_told_at      timestamptz, -- endpoint.refusing was raised last
    watched             boolean     not null default false, -- a call failed: the next that passes is noted,
    passed_at           timestamptz,                        -- here; see hook_delivery.alike
    -- An endpoint that an environment names (TWOTICK_HOOK_URL) is what its workers say. Of two that say different things,
    -- as in the middle of a rolling change, the newer holds for as long as a worker lives that says it.
    environment         uuid,        -- hash of the settings that hold; null: made by something else
    environment_until   timestamptz, -- a worker with these settings lives until then, or says so again
    environment_workers uuid[]      not null default '{}', -- that say it: when the last of them leaves, nobody stands for it
    environments_before uuid[]      not null default '{}', -- replaced ones, the newest last
    created_at          timestamptz not null default now()
);

-- Every event, whether or not an endpoint wants it: those that one transaction raised, up to sixteen to a page. A page
-- goes where the last one went, in the table and in its index; alone, each event would have a place of its own in an
-- index of random ids. People read the view hook_event.
create sequence hook_page_id;
create table hook_page (
    raised_at   timestamptz not null default now(),
    id          bigint      not null, -- from hook_page_id
    event_ids   uuid[]      not null, -- each a hash of type and fact key: the webhook-id; null: erased
    types       text[]      not null, -- those that the page has
    type_of     smallint[]  not null, -- of each event: its place in types
    account_ids bigint[]    not null, -- null: about the installation
    sizes       int[]       not null, -- of each body, in bytes
    bodies      bytea       not null, -- the JSON that is signed and sent, byte for byte, one after the other: see hook_unpack
    apps        text[],               -- of each event that is a payload of Meta's: whose secret signs it; null: there is none
    primary key (raised_at, id)
) partition by range (raised_at);
-- Events are told in the order of these: see EventHorizon. A page goes where the last one went here, too.
create index on hook_page (id);
-- All in the row while there is room, and a page of common events is short.
alter table hook_page alter column event_ids set storage plain, alter column types set storage plain,
    alter column type_of set storage plain, alter column account_ids set storage plain,
    alter column sizes set storage plain, alter column bodies set storage main, alter column apps set storage plain;

-- What bodies are packed with, by number. One that was used stays as it is: pages are read with it.
create function hook_dictionary(number int) returns text
    language sql immutable parallel safe
    return case number when 1 then
        '"request_welcome","system","unsupported","unknown","errors":[{"code":131026,"title":"Message undeliverab'
        'le","message":"Message undeliverable","error_data":{"details":"Message Undeliverable."},"href":"https://'
        'developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}],"error_code":131047{"type":"acco'
        'unt.notice","timestamp":"{"type":"contact.updated","timestamp":"{"type":"contact.created","timestamp":"2'
        '026-","contact_id":"","version":0,"profile_name":"","subscribed_via_signup":false,"wa_id":"49","wa_ids":'
        '[""user_id":"US.","parent_user_id":"","recipient_user_id":"","from_user_id":"","username":"","user_ids":'
        '[""type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"","title":""}},"type":'
        '"button","button":{"payload":"","text":""},"type":"reaction","reaction":{"message_id":"wamid.","emoji":"'
        '"type":"document","document":{"filename":"","caption":"","type":"audio","audio":{"voice":true,"type":"vi'
        'deo","type":"image","image":{"mime_type":"image/jpeg","sha256":"","id":"","url":"https://lookaside.fbsbx'
        '.com/whatsapp_business/attachments/?mid="},"type":"location","location":{"latitude":,"longitude":"media_'
        'id":"","media_mime_type":"image/jpeg","media_sha256":"","media_url":"","context":{"from":"","id":"wamid.'
        '"},"reply_to_wamid":"{"type":"message.received","timestamp":"2026-Z","payload_id":"01","delay_s":1,"raw"'
        ':{"from":"","id":"wamid.HBgN","timestamp":"1795","text":{"body":""},"type":"text"},"id":"","wamid":"wami'
        'd.HBgN","direction":"inbound","type":"text","text":"","status":"pending","contact_id":"","conversation_i'
        'd":1,"wa_id":"","profile_name":"{"type":"message.failed","timestamp":"{"type":"message.read","timestamp"'
        ':"{"type":"message.delivered","timestamp":"{"type":"message.sent","timestamp":"2026-Z","data":{"account"'
        ':{"phone_number_id":"","waba_id":"","display_phone_number":"1"},"occurred_at":"2026-Z","payload_id":"01"'
        ',"delay_s":0,"raw":{"id":"wamid.HBgM","status":"delivered","timestamp":"1795","recipient_id":"","biz_opa'
        'que_callback_data":"","callback_data":"","conversation":{"id":"","expiration_timestamp":"","origin":{"ty'
        'pe":"utility"},"service","marketing"}},"pricing":{"billable":true,"pricing_model":"PMP","category":"mark'
        'eting","type":"regular"}},"id":"","wamid":"wamid.HBgM","status":"failed","read","sent","delivered","curr'
        'ent_status":"delivered","wa_id":"","recipient_wa_id":"","pricing":{"billable":true,"pricing_model":"PMP"'
        ',"category":"utility","type":"regular"},"conversation":{"id":"","origin":{"type":"'
    end;

-- The bodies of a page. The first byte is 0: as they are; otherwise a number of hook_dictionary, and what follows is
-- DEFLATE (RFC 1951) with that dictionary before it. Takes a millisecond or two: for people, our own programs use zlib.
create function hook_tree(lengths int[], out counts int[], out symbols int[])
    language sql immutable parallel safe as
$$
select array(select count(u.length)::int from generate_series(1, 15) n left join unnest(lengths) u (length) on u.length = n
             group by n order by n),
       array(select (i - 1)::int from unnest(lengths) with ordinality u (length, i) where length > 0 order by length, i)
$$;

create function hook_unpack(packed bytea) returns bytea
    language plpgsql immutable strict parallel safe as
$$
declare
    length_base   constant int[] := '{0,3,4,5,6,7,8,9,10,11,13,15,17,19,23,27,31,35,43,51,59,67,83,99,115,131,163,195,227,258}';
    length_bits   constant int[] := '{0,0,0,0,0,0,0,0,0,1,1,1,1,2,2,2,2,3,3,3,3,4,4,4,4,5,5,5,5,0}';
    distance_base constant int[] := '{1,2,3,4,5,7,9,13,17,25,33,49,65,97,129,193,257,385,513,769,1025,1537,2049,3073,
                                      4097,6145,8193,12289,16385,24577}';
    distance_bits constant int[] := '{0,0,0,0,1,1,2,2,3,3,4,4,5,5,6,6,7,7,8,8,9,9,10,10,11,11,12,12,13,13}';
    length_order  constant int[] := '{17,18,19,1,9,8,10,7,11,6,12,5,13,4,14,3,15,2,16}';
    tree          text; -- whose code comes next: lengths, literals or distances
    lengths       int[];
    literals      int;
    distances     int;
    l             record; -- the three trees
    t             record;
    d             record;
    counts        int[];
    symbols       int[];
    pos           int := 8; -- the next bit
    last          boolean := false;
    kind          int;
    code          int;
    first         int;
    place         int;
    symbol        int;
    bits          int;
    extra         int;
    run           int;
    piece         bytea;
    done          bytea[] := '{}'; -- what lies too far back to be repeated
    text          bytea;
    start         int;
begin
    if get_byte(packed, 0) = 0 then
        return substring(packed from 2);
    end if;
    text := convert_to(hook_dictionary(get_byte(packed, 0)), 'UTF8');
    start := length(text);
    packed := packed || '\x000000';
    while not last loop
        last := get_bit(packed, pos) = 1;
        kind := get_bit(packed, pos + 1) + 2 * get_bit(packed, pos + 2);
        pos := pos + 3;
        if kind = 0 then
            pos := (pos + 7) / 8;
            run := get_byte(packed, pos) + 256 * get_byte(packed, pos + 1);
            text := text || substring(packed from pos + 5 for run);
            pos := 8 * (pos + 4 + run);
            continue;
        elsif kind = 1 then
            t := hook_tree(array_fill(8, array[144]) || array_fill(9, array[112]) || array_fill(7, array[24])
                || array_fill(8, array[8]));
            d := hook_tree(array_fill(5, array[30]));
            tree := 'literals';
        else
            literals := 257 + (get_byte(packed, pos / 8) + 256 * get_byte(packed, pos / 8 + 1) >> pos % 8 & 31);
            pos := pos + 5;
            distances := 1 + (get_byte(packed, pos / 8) + 256 * get_byte(packed, pos / 8 + 1) >> pos % 8 & 31);
            pos := pos + 5;
            run := 4 + (get_byte(packed, pos / 8) + 256 * get_byte(packed, pos / 8 + 1) >> pos % 8 & 15);
            pos := pos + 4;
            lengths := array_fill(0, array[19]);
            for i in 1..run loop
                lengths[length_order[i]] := get_bit(packed, pos) + 2 * get_bit(packed, pos + 1) + 4 * get_bit(packed, pos + 2);
                pos := pos + 3;
            end loop;
            l := hook_tree(lengths);
            lengths := '{}';
            tree := 'lengths';
        end if;
        loop
            if tree = 'literals' then
                counts := t.counts; symbols := t.symbols;
            elsif tree = 'distances' then
                counts := d.counts; symbols := d.symbols;
            else
                counts := l.counts; symbols := l.symbols;
            end if;
            code := 0; first := 0; place := 1;
            for n in 1..15 loop
                code := code + get_bit(packed, pos);
                pos := pos + 1;
                exit when code - counts[n] < first;
                place := place + counts[n];
                first := 2 * (first + counts[n]);
                code := 2 * code;
            end loop;
            symbol := symbols[place + code - first];
            bits := case when tree = 'literals' then case when symbol > 256 then length_bits[symbol - 255] else 0 end
                when tree = 'distances' then distance_bits[symbol + 1]
                else case symbol when 16 then 2 when 17 then 3 when 18 then 7 else 0 end end;
            extra := get_byte(packed, pos / 8) + 256 * get_byte(packed, pos / 8 + 1) + 65536 * get_byte(packed, pos / 8 + 2)
                >> pos % 8 & (1 << bits) - 1;
            pos := pos + bits;
            if tree = 'lengths' then
                lengths := lengths || case symbol when 16 then array_fill(lengths[cardinality(lengths)], array[3 + extra])
                    when 17 then array_fill(0, array[3 + extra]) when 18 then array_fill(0, array[11 + extra])
                    else array[symbol] end;
                if cardinality(lengths) >= literals + distances then
                    t := hook_tree(lengths[:literals]);
                    d := hook_tree(lengths[literals + 1:]);
                    tree := 'literals';
                end if;
            elsif tree = 'distances' then
                code := distance_base[symbol + 1] + extra;
                piece := substring(text from length(text) - code + 1 for least(run, code));
                while length(piece) < run loop
                    piece := piece || piece;
                end loop;
                text := text || substring(piece from 1 for run);
                tree := 'literals';
            elsif symbol < 256 then
                text := text || set_byte('\x00', 0, symbol);
            elsif symbol = 256 then
                exit;
            else
                run := length_base[symbol - 255] + extra;
                tree := 'distances';
            end if;
            if length(text) > 131072 then
                done := done || substring(text from start + 1 for length(text) - start - 32768);
                text := substring(text from length(text) - 32767);
                start := 0;
            end if;
        end loop;
    end loop;
    return coalesce((select string_agg(b, '' order by n) from unnest(done) with ordinality u (b, n)), '')
        || substring(text from start + 1);
end
$$;

create view hook_event as
select p.raised_at, p.id as page, e.place, e.id, p.types[e.type_of] as type, e.account_id,
       convert_from(substring(unpacked.bodies from e.before + 1 for e.size), 'UTF8') as body
from hook_page p
cross join lateral (select hook_unpack(p.bodies) as bodies) unpacked
cross join lateral (
    select u.*, (sum(size) over (order by place))::int - size as before
    from unnest(p.event_ids, p.type_of, p.account_ids, p.sizes) with ordinality as u (id, type_of, account_id, size, place)) e
where e.id is not null;

comment on view hook_event is 'each event with its body; give a time of raised_at, or all pages are read';

-- Only what is open or dead. Finishing is a delete here and a row in hook_attempt. A queue: keep it short of dead rows.
-- An endpoint is not referenced: each call of a batch would look at, and lock, the same row. Calls of one that is gone
-- are made by nobody, and upkeep takes them away.
create table hook_delivery (
    endpoint_id     uuid        not null,
    event_id        uuid        not null,
    event_at        timestamptz not null, -- with page and place: where the event is
    page            bigint      not null,
    place           smallint    not null, -- from 1
    size            int         not null, -- of its body, in bytes
    attempt         int         not null default 0, -- attempts made
    line            bigint,                         -- of an ordered endpoint: the conversation, or less than 0 the message
                                                    -- that is in none, whose calls wait for those on earlier pages
    next_attempt_at timestamptz,                    -- due; leased when it was owed: when that lease ends; null: dead, or parked
    claim           uuid,                           -- who holds it; recording an outcome needs the same
    leased_until    timestamptz,                    -- claimed as it was due: when the lease ends; in no index, so that a
                                                    -- claim writes to none, if its page has room for the row once more
    last_error      text,
    tried_at        timestamptz, -- the last attempt failed
    answered        int,         -- with this status
    alike           smallint,    -- so many attempts in a row, while between any two of them another call passed
    parked_at       timestamptz, -- often enough: it is for what the call holds, which is made no more until it is sent again
    primary key (endpoint_id, event_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
create index on hook_delivery (endpoint_id, next_attempt_at) where next_attempt_at is not null;
-- The dead and parked, in the order in which their events were raised: listed, counted, and owed again. Written to when a
-- call dies.
create index on hook_delivery (endpoint_id, event_at, page, place) include (parked_at) where next_attempt_at is null;
-- Of ordered endpoints: who is before whom.
create index on hook_delivery (endpoint_id, line, page, place) where line is not null and next_attempt_at is not null;

-- What was tried. The order of its columns leaves no gaps, and what there was not takes no room: an attempt that was
-- delivered on a connection that was kept, and answered without a body, is the most frequent row of all.
create sequence hook_attempt_id; -- an identity column cannot be inherited by a partition before PostgreSQL 17
create table hook_attempt (
    day            date        not null default (now() at time zone 'UTC')::date,
    attempt        int         not null,
    id             bigint      not null default nextval('hook_attempt_id'), -- the order of an event's attempts
    endpoint_id    uuid        not null,
    event_id       uuid        not null,
    event_at       timestamptz not null, -- its page's raised_at
    started_at     timestamptz not null,
    duration_ms    int         not null, -- all of it
    first_byte_ms  int,        -- from its begin until the head of the answer was there
    status_code    int,
    dns_ms         int,        -- parts of it, where a connection was opened for it: the name was looked up,
    connect_ms     int,        -- the connection came about, all addresses tried,
    tls_ms         int,        -- and was secured
    outcome        text        not null check (outcome in ('delivered', 'retry', 'parked', 'dead')),
    remote_address inet,       -- whom it reached
    error_class    text,       -- dns, address, connect, tls, timeout, closed, protocol, redirect, status, internal
    error          text,
    answer         text,       -- the begin of the answer's body, 16 KiB at most; of a batch as much to all its events
    batch          uuid        -- the call's webhook-id, which may have carried other events too; null: the event's own
) partition by range (day);
create index on hook_attempt (event_at, event_id); -- grows at its end, as ids alone would not
create index on hook_attempt using brin (event_id uuid_bloom_ops) with (pages_per_range = 32); -- a few bytes an attempt
create index on hook_attempt (endpoint_id, id) where outcome <> 'delivered'; -- what went wrong lately
create index on hook_attempt (batch) where batch is not null and answer is not null; -- whose answer an erasure forgets

-- Calls owed again in bulk: what was asked for one endpoint, and how far it has come. What a chunk owes and the event that
-- it ended at are one transaction, under the row's lock: whoever carries it on, each event is looked at once. An endpoint
-- is not referenced here either.
create table hook_resend (
    id              bigint      generated always as identity primary key,
    endpoint_id     uuid        not null,
    type            text        not null, -- a glob
    event_ids       uuid[]      not null, -- these events alone; empty: all
    accounts        text[]      not null, -- phone_number_ids, of which alone; empty: of all
    conversation_id bigint,               -- of whose messages alone; null: of all
    outcome         text        not null check (outcome in ('all', 'delivered', 'failed', 'dead', 'missed')),
    raised_from     timestamptz not null, -- inclusive
    raised_before   timestamptz not null,
    rate            int         check (rate > 0), -- calls owed in a second; null: as the endpoint takes them
    rate_used_until timestamptz not null default now(),
    state           text        not null default 'running' check (state in ('running', 'canceled', 'done')),
    raised_at       timestamptz not null, -- with page and place: the event that was looked at last
    page            bigint      not null default 0,
    place           int         not null default 0,
    events          bigint      not null default 0, -- looked at
    calls           bigint      not null default 0, -- of these, the ones chosen
    owed            bigint      not null default 0, -- of these, the ones owed again: the others were being made
    started_at      timestamptz not null default now(),
    moved_at        timestamptz not null default now(),
    finished_at     timestamptz -- done or canceled
);

-- ---------------------------------------------------------------------------------------------------------
-- The database's epoch: what Redis remembers counts only within one. A restore begins a new one.
create table epoch (
    id                bigint generated always as identity primary key,
    value             uuid        not null default gen_random_uuid(),
    system_identifier text        not null,
    timeline          int         not null,
    started_at        timestamptz not null default now()
);

select ensure_partitions((now() at time zone 'UTC')::date - 8, (now() at time zone 'UTC')::date + 15);

-- ---------------------------------------------------------------------------------------------------------
-- The console: who may look and act, and who did what. No secret stands here, but what proves one.
create table console_user (
    id         bigint generated always as identity primary key,
    name       text        not null,
    password   text,        -- $argon2id$v=19$m=…,t=…,p=…$salt$hash; null: signs in by link alone
    may_write  boolean     not null,
    created_at timestamptz not null default now()
);
create unique index on console_user (lower(name));

create table console_session (
    token_hash bytea       not null primary key, -- SHA-256 of what the cookie holds
    user_id    bigint      not null references console_user on delete cascade,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
);
create index on console_session (user_id);

-- A link signs its user in once. A row stays when it was used, so that offering the same link again revives nothing.
create table console_link (
    token_hash bytea       not null primary key,
    user_id    bigint      not null references console_user on delete cascade,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index on console_link (user_id);

-- What people, programs and the command line asked for; written before it is done.
create table audit_log (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default now(),
    actor   text        not null, -- user:NAME, token:NAME or command
    action  text        not null, -- endpoint.add, payload.replay, …
    subject text        not null  -- which; no secret, and nothing that a payload holds
);

-- Programs that use the API: each has a name, and is known by the hash of its token. Taken away, it is no row.
create table api_token (
    token_hash bytea       not null primary key, -- SHA-256 of what the header holds
    name       text        not null unique,
    may_write  boolean     not null,
    created_at timestamptz not null default now()
);

-- Opens one socket in a program's name, soon: it stands in an address, which others log.
create table socket_token (
    token_hash bytea       not null primary key, -- SHA-256 of it
    api_token  bytea       not null references api_token on delete cascade on update cascade,
    expires_at timestamptz not null
);
create index on socket_token (api_token);

-- What a program asked for with an Idempotency-Key: the same key again gets the same answer. Kept for a day.
create table api_request (
    key_hash      bytea       not null primary key, -- SHA-256 of the program's name and the key
    asked         bytea       not null, -- SHA-256 of method, path, query and body
    claim         uuid        not null, -- who does it
    claimed_until timestamptz not null, -- whoever did it has died by then, and the next may
    answer        bytea,                -- null: it is being done
    sealed        boolean     not null default false, -- the answer is, with TWOTICK_ENCRYPTION_KEY: it may hold a secret
    created_at    timestamptz not null default now()
);
create index on api_request (created_at);

-- ---------------------------------------------------------------------------------------------------------
-- Events in order

-- Up to which page of hook_page days have been dropped: whoever has read less has missed something.
create table hook_page_gone (
    one   boolean not null primary key default true check (one),
    up_to bigint  not null
);
