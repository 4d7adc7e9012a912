drop index concurrently if exists payload_failure_retry;
create index concurrently payload_failure_retry on payload_failure (payload_id)
    where retries is not null and healed_at is null;
