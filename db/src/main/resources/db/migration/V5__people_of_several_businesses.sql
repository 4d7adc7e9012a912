-- A planned number's other spelling (Brazil's ninth digit, Mexico's 1, …): a message may name the person by either.
alter table campaign_recipient
    add column other_spelling text collate "C";

-- Which business a WhatsApp Business Account is of: where its numbers are put when they are first heard of. Business-scoped
-- ids belong to a portfolio of Meta's, and an account to one portfolio; so the ids of two accounts are compared only where
-- it is known that they are of one business.
create table waba (
    waba_id      text        not null primary key collate "C",
    business_id  bigint      not null references business,
    portfolio_id text, -- its owner, where Meta has said so
    portfolio_at timestamptz
);
create index on waba (portfolio_id) where portfolio_id is not null;

insert into waba (waba_id, business_id)
select waba_id, min(business_id) from account where waba_id is not null and waba_id <> '0' group by waba_id;
