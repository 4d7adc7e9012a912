-- The latest content of each direction: what a conversation's times are, without reading the conversation.
drop index concurrently if exists message_latest_idx;
create index concurrently message_latest_idx
    on message (conversation_id, (coalesce(direction, '')), occurred_at)
    where conversation_id is not null and kind = 'content';
