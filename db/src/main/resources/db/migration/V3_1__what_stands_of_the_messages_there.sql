-- What V3 is about, of the messages that are there; apart, so that no lock of the table is held meanwhile.
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
