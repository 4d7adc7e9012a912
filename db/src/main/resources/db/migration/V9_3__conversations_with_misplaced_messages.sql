drop index concurrently if exists conversation_misplaced_idx;
create index concurrently conversation_misplaced_idx on conversation (id) where misplaced_before is not null;
