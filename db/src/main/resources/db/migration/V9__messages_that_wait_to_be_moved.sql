-- When people prove to be one, or a number passes on, messages become another contact's. A page of them moves at once,
-- the others page by page, the latest first.
alter table conversation
    -- messages before this place (Meta's time, id) may be another contact's by now; null: all are this one's
    add column misplaced_before    timestamptz,
    add column misplaced_before_id bigint,
    -- all of its messages go to the contact's other conversation, and then it is gone
    add column leaving boolean not null default false;
