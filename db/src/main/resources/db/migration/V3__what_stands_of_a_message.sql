-- What stands of a message: a placeholder gives way to the content that it stood for, and why a message failed does not
-- stand beside one that was delivered.

alter table message
    add column content_error int, -- of the content that stands
    add column status_error  int; -- the greatest that its statuses gave

comment on column message.content_rank is
    'which source the content is from: live 5, echo 4, standby 3, history''s media 2, history 1; six less for a placeholder, such as the type unsupported';
comment on column message.error_code is
    'status_error, unless the message was delivered; else content_error';
comment on column message.failed_at is
    'null once the message was delivered; message_status keeps when and why it failed';

-- Only rows that say otherwise are written.
update message
set content_error = case when live_at is not null then error_code end,
    status_error  = case when live_at is null then error_code end,
    error_code    = case when live_at is not null or status_rank <= 2 then error_code end,
    failed_at     = case when status_rank <= 2 then failed_at end,
    content_rank  = case when live_at is not null and type in ('unsupported', 'unknown', 'errors') then -1 else content_rank end,
    told          = case when live_at is not null and type in ('unsupported', 'unknown', 'errors') then (told & ~1) | (1 << 20) else told end
where error_code is not null
   or failed_at is not null and status_rank > 2
   or live_at is not null and type in ('unsupported', 'unknown', 'errors');
