-- as a version to come might: the table is locked, for a moment
alter table message add column later text;
