-- Everything that Meta sends: messages of all sources, people who turn out to be one or two, the other fields,
-- sign-ups, campaigns, erasure. Whatever stands here is a function of the set of facts, not of their order: a value
-- that can be stated twice is kept with what decides between two statements (Meta's time, and at one time the digest).

-- ---------------------------------------------------------------------------------------------------------
-- Accounts: what payloads say of them, by the greatest (Meta's day, text). By day, so that traffic does not
-- update, and lock, an account's row.

alter table account
    add column waba_on date,
    add column display_on date;

-- ---------------------------------------------------------------------------------------------------------
-- People

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
);
create index on contact_mention (business_id, user_id) where user_id <> '';
create index on contact_mention (business_id, parent_user_id) where parent_user_id <> '';
alter table contact_mention set (fillfactor = 80);

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

alter table contact
    add column version bigint not null default 0; -- counts the changes that contact.updated told of

-- A number that a contact_change names: the greatest of their times (1970 for one without). What is said of such a
-- number may change who is who even where all ids are known, so it is weighed with care.
alter table contact_identity add column changed_at timestamptz;

-- A contact that proved to be another one: its id is never given again, and leads to the one that remains.
create table contact_merged (
    from_id   uuid        not null primary key,
    into_id   uuid        not null references contact,
    merged_at timestamptz not null default now()
);
create index on contact_merged (into_id);

-- names go with a contact's strongest id, for a number may pass on to somebody else
insert into contact_mention (business_id, wa_id, user_id, parent_user_id, name, name_at, username, username_at)
select i.business_id,
       case i.kind when 'wa_id' then i.value else '' end,
       case i.kind when 'user_id' then i.value else '' end,
       case i.kind when 'parent_user_id' then i.value else '' end,
       c.name, c.name_at, c.username, c.username_at
from contact_identity i
left join contact c on c.id = i.contact_id and not exists (
    select from contact_identity o
    where o.contact_id = i.contact_id
      and array_position(array ['user_id', 'parent_user_id', 'wa_id'], o.kind)
        < array_position(array ['user_id', 'parent_user_id', 'wa_id'], i.kind));

-- ids of one contact were linked by a message that named both
insert into contact_mention (business_id, wa_id, user_id)
select distinct w.business_id, w.value, u.value
from contact_identity w
join contact_identity u on u.contact_id = w.contact_id and u.kind = 'user_id'
where w.kind = 'wa_id';

insert into contact_mention (business_id, user_id, parent_user_id)
select distinct u.business_id, u.value, p.value
from contact_identity u
join contact_identity p on p.contact_id = u.contact_id and p.kind = 'parent_user_id'
where u.kind = 'user_id';

insert into contact_mention (business_id, wa_id, parent_user_id)
select distinct w.business_id, w.value, p.value
from contact_identity w
join contact_identity p on p.contact_id = w.contact_id and p.kind = 'parent_user_id'
where w.kind = 'wa_id' and not exists (select from contact_identity u where u.contact_id = w.contact_id and u.kind = 'user_id');

-- When a contact's names were stated stands in its mentions. contact.name_at and username_at stay for the version that
-- serves while this one migrates; a later one drops them.

-- ---------------------------------------------------------------------------------------------------------
-- Messages

alter table message
    -- content counts as unread and as the conversation's last message; the others speak about another message
    add column kind text not null default 'content' check (kind in ('content', 'reaction', 'edit', 'revoke', 'system')),
    -- which source the content is from: live 5, echo 4, standby 3, history's media 2, history 1, its placeholder 0
    add column content_rank   smallint,
    -- what the direction is from: live 4; echo, status, registration 3; history's or standby's word 2; an edit or revoke 1
    add column direction_rank smallint not null default 0,
    -- the id by which the conversation's other side was named; its contact's conversation is the message's
    add column peer_kind         text check (peer_kind in ('wa_id', 'user_id', 'parent_user_id')),
    add column peer_value        text,
    add column forwarded         boolean,
    add column voice             boolean, -- an audio that was spoken for this chat
    add column media_expires_at  timestamptz, -- Meta keeps a webhook's media for 7 days
    add column referral          json,    -- the click-to-WhatsApp ad
    add column edit_digest       bytea,   -- of two edits the one with the greatest (edited_at, digest) stands: its body
    add column media_edited_at   timestamptz, -- the latest of the edits that brought media: its media
    add column media_edit_digest bytea,
    -- which source has told of it as which kind, one bit each: what an update adds to it is new, and owes an event
    add column told              int not null default 0,
    -- the bits that the last insert or update of the row added, and what it did to the content: a statement's answer to
    -- itself, because RETURNING knows nothing of the row before
    add column news              int not null default 0;

-- One statement, and only for what was told: each row is written once. Rows that only statuses made, and whatever the
-- version that serves meanwhile still writes, are read as if they had these values, and get them when they are written
-- next.
update message
set kind           = case when type in ('reaction', 'edit', 'revoke', 'system') then type else 'content' end,
    told           = case type when 'reaction' then 2 when 'edit' then 4 when 'revoke' then 8 when 'system' then 16 else 1 end,
    content_rank   = 5,
    direction_rank = 4,
    peer_kind      = case
        when conversation_id is null then null
        when from_user_id is not null then 'user_id'
        when from_wa_id is not null then 'wa_id' end,
    peer_value     = case when conversation_id is not null then coalesce(from_user_id, from_wa_id) end
where live_at is not null;

-- Under which id a person said what of a message. Whose reaction that is follows from it: see message_reaction.
create table reaction_statement (
    message_id bigint not null references message,
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

alter table account_notice
    add column digest bytea; -- of two with one key the one with the greatest (occurred_at, digest) stands

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
    signup_id         text        not null primary key,
    business_id       bigint      not null default 1 references business,
    name              text,
    auto_add_label_id bigint references label, -- the operator's
    subscriber_count  int         not null default 0, -- distinct contacts
    discovered        boolean     not null default false, -- added by a payload, not by the operator
    created_at        timestamptz not null default now()
);

create table signup_statement (
    signup_id     text   not null references signup,
    business_id   bigint not null references business,
    kind          text   not null,
    value         text   not null collate "C",
    subscribed_at timestamptz, -- least of Meta's times
    payload_id    uuid   not null,
    primary key (signup_id, business_id, kind, value)
);
create index on signup_statement (business_id, kind, value);

create table signup_subscription (
    signup_id     text not null references signup,
    contact_id    uuid not null references contact,
    subscribed_at timestamptz, -- least of Meta's times
    primary key (signup_id, contact_id)
);
create index on signup_subscription (contact_id);

-- ---------------------------------------------------------------------------------------------------------
-- Campaigns

create table campaign (
    id             bigint generated always as identity primary key,
    key            text        not null unique,
    business_id    bigint      not null default 1 references business,
    name           text,
    declared_total int,        -- how many the operator said there will be; null: as many as are named
    total          int,        -- recipients, known once it is sealed; the greater of declared and counted
    sent           int         not null default 0, -- reached sent or more; failed are not among them
    delivered      int         not null default 0, -- reached delivered or more: a read counts
    read           int         not null default 0,
    failed         int         not null default 0,
    sealed_at      timestamptz,
    completed_at   timestamptz,
    created_at     timestamptz not null default now()
);

-- Two kinds of row. With a message: linked by its wamid, or by a status whose callback data names the campaign. Without:
-- somebody who is planned, and whose status is that of the messages that name them. A row without either is somebody
-- whose message and name are deleted by now, and who still counts.
create table campaign_recipient (
    id          bigint generated always as identity primary key,
    campaign_id bigint   not null references campaign,
    message_id  bigint references message,
    recipient   text collate "C", -- wa_id (digits) or user id, where the file names one
    wa_id       text collate "C", -- the message's recipient_wa_id and recipient_user_id
    user_id     text collate "C",
    status      text     not null default 'pending', -- the message's, by the same rank
    status_rank smallint not null default 0,
    gone_rank   smallint not null default 0, -- without a message: the rank of those that are deleted by now
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

-- Facts older than the message retention, or about an erased person: they changed nothing.
alter table payload_outcome
    add column expired int not null default 0;

create or replace view payload as
select l.id, l.received_at, l.body, l.signature, l.app,
       o.payload_id, o.attempt, coalesce(o.state, 'received') as state, o.events, o.duplicates, o.error,
       o.fields, o.accounts, o.finished_at, o.expired
from payload_log l
left join lateral (select * from payload_outcome o where o.payload_id = l.id order by o.attempt desc limit 1) o on true;
