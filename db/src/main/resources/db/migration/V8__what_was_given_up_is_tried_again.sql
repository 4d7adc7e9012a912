-- A payload over which workers died is given up for now: the verdict may be wrong, so upkeep tries it again, alone, at
-- growing intervals.
alter table payload_failure
    add column retries  int,         -- how often so far; null: not by itself, an operator replays it
    add column retry_at timestamptz; -- when next; null: a minute after it failed
