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
