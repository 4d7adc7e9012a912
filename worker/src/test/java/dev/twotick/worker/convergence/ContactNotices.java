package dev.twotick.worker.convergence;

import java.util.List;
import org.jooq.DSLContext;

/// What somebody knows of contacts who only listens to their events, compared with the tables.
final class ContactNotices {

    private ContactNotices() {}

    /// The businesses in which contacts created, less those merged, are not the contacts that there are.
    static List<Long> miscounted(DSLContext database) {
        return database.resultQuery("""
                        with told as (
                            select a.business_id, sum(case e.type when 'contact.created' then 1 else -1 end) as contacts
                            from hook_event e join account a on a.id = e.account_id
                            where e.type in ('contact.created', 'contact.merged') group by a.business_id),
                        held as (select business_id, count(*) as contacts from contact group by business_id)
                        select business_id from told full join held using (business_id)
                        where coalesce(told.contacts, 0) <> coalesce(held.contacts, 0)
                        order by business_id limit 5
                        """).fetch(r -> r.get(0, Long.class));
    }

    /// The businesses with a contact of whom the notice of the greatest version does not tell the state.
    static List<Long> outdated(DSLContext database) {
        return database.resultQuery("""
                        with told as (
                            select distinct on (id) data ->> 'contact_id' as id, data
                            from (
                                select body::json -> 'data' as data, body::json -> 'data' ->> 'contact_id' as id
                                from hook_event where type in ('contact.created', 'contact.updated')) e
                            order by id, (data ->> 'version')::bigint desc),
                        ids as (
                            select contact_id, kind, count(*) as n from contact_identity group by contact_id, kind)
                        select distinct c.business_id
                        from contact c left join told n on n.id = c.id::text
                        where (c.version, c.name, c.username, c.saved_name, c.subscribed_via_signup, c.subscribed_at)
                            is distinct from ((n.data ->> 'version')::bigint, n.data ->> 'profile_name',
                                n.data ->> 'username', n.data ->> 'saved_name',
                                (n.data ->> 'subscribed_via_signup')::boolean,
                                (n.data ->> 'subscribed_at')::timestamptz)
                            or exists (
                                select from (values ('wa_id'), ('user_id'), ('parent_user_id')) as k (kind)
                                left join ids i on i.contact_id = c.id and i.kind = k.kind
                                where coalesce(i.n, 0)
                                    <> coalesce(json_array_length(n.data -> (k.kind || 's')), 0))
                        order by c.business_id limit 5
                        """).fetch(r -> r.get(0, Long.class));
    }
}
