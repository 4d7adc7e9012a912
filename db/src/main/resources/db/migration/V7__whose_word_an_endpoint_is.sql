-- An endpoint that an environment names (TWOTICK_HOOK_URL) is what its workers say. Of two that say different things,
-- as in the middle of a rolling change, the newer holds for as long as a worker lives that says it.
alter table hook_endpoint
    add column environment uuid,              -- hash of the settings that hold; null: made by something else
    add column environment_until timestamptz, -- a worker with these settings lives until then, or says so again
    add column environments_before uuid[] not null default '{}'; -- replaced ones, the newest last

update hook_endpoint set environment = '00000000-0000-0000-0000-000000000000' where name = 'environment';
