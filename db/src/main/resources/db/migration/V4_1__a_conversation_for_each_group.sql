drop index concurrently if exists conversation_account_id_group_id_idx;
create unique index concurrently conversation_account_id_group_id_idx
    on conversation (account_id, group_id) where group_id is not null;
