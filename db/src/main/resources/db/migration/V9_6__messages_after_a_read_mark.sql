-- What was received after a conversation's read_up_to, without reading the conversation.
drop index concurrently if exists message_unread_idx;
create index concurrently message_unread_idx
    on message (conversation_id, live_at)
    where live_at is not null and direction = 'inbound' and kind = 'content' and conversation_id is not null;
