drop index concurrently if exists call_opened_idx;
create index concurrently call_opened_idx
    on call (account_id, peer_kind, peer_value, opened_at) where opened_at is not null;
