-- The order in which a conversation is read and its messages are moved; those of one time by id.
drop index concurrently if exists message_order_idx;
create index concurrently message_order_idx
    on message (conversation_id, occurred_at desc, id desc) where conversation_id is not null;
