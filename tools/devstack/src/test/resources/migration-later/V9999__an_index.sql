-- outside of a transaction, and so that it can be run again
drop index concurrently if exists message_later;
create index concurrently message_later on message (later) where later is not null;
