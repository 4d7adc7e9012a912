-- A notice that Meta gives neither an id nor a time may be Meta's retry of one that is there (seven days at most, so long
-- Meta sends a POST again), or the same said anew. Null for all others; docs/decisions/what-has-no-time-is-told-once-in-seven-days.md.
alter table account_notice
    add column undated_at numeric, -- 10^12 times the hash of what it says, plus the second in which it was received
    add exclude using gist (numrange(undated_at, undated_at + 604800) with &&) where (undated_at is not null);
