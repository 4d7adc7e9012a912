-- what Meta waits for is touched as well
alter table payload_log add column later text;
