drop index concurrently if exists conversation_account_id_contact_id_idx;
create unique index concurrently conversation_account_id_contact_id_idx
    on conversation (account_id, contact_id) where not leaving;
