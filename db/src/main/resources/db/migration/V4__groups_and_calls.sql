-- A group has a conversation of its own, and a call opens a window.

-- Of a person or of a group. The versions before write a contact; what is there already has one.
alter table conversation
    alter column contact_id drop not null,
    add column group_id text collate "C",
    add constraint conversation_other_side check (num_nonnulls(contact_id, group_id) = 1) not valid;

alter table call
    -- the id by which the other side was named, of several the most telling; its contact's conversation has the window
    add column peer_kind    text check (peer_kind in ('wa_id', 'user_id', 'parent_user_id')),
    add column peer_value   text collate "C",
    -- the one before the last update: a statement's answer to itself, because RETURNING knows nothing of the row before
    add column former_kind  text,
    add column former_value text,
    add column called_at    timestamptz, -- when it began: the least of Meta's times
    add column accepted_at  timestamptz, -- when the user took a call of the business's: likewise
    -- when the user called, or took a call; from then on the window is open
    add column opened_at    timestamptz;
