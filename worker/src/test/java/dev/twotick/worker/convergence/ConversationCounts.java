package dev.twotick.worker.convergence;

import java.util.List;
import org.jooq.DSLContext;

/// A conversation is counted by what changes in it. Here it is counted whole.
final class ConversationCounts {
    private static final String WRONG = """
            select v.id || ': ' || row(v.unread_count, v.last_message_at, v.window_expires_at)::text || ', not '
                || row(n.unread, n.last_at, n.opened_at)::text
            from conversation v cross join lateral (
                select count(*) filter (where m.direction = 'inbound' and m.live_at is not null) as unread,
                    max(m.occurred_at) as last_at,
                    greatest(
                        max(m.occurred_at) filter (where m.direction = 'inbound'),
                        (select max(k.opened_at) from call k join contact_identity i
                            on i.kind = k.peer_kind and i.value = k.peer_value
                            where k.account_id = v.account_id and i.contact_id = v.contact_id))
                        + interval '24 hours' as opened_at
                from message m where m.conversation_id = v.id and m.kind = 'content') n
            where row(v.unread_count, v.last_message_at, v.window_expires_at)
                is distinct from row(n.unread::int, n.last_at, n.opened_at)
            """;

    /// Calls of somebody who has no conversation, and conversations in which nothing is.
    private static final String MISSING = """
            select 'no conversation for ' || k.call_id from call k
            join account a on a.id = k.account_id
            join contact_identity i
                on i.business_id = a.business_id and i.kind = k.peer_kind and i.value = k.peer_value
            where k.opened_at is not null and not exists (
                select from conversation v where v.account_id = k.account_id and v.contact_id = i.contact_id)
            union all
            select 'nothing in ' || v.id from conversation v
            where v.window_expires_at is null and not exists (select from message m where m.conversation_id = v.id)
            """;

    private ConversationCounts() {}

    static List<String> wrong(DSLContext database) {
        return database.resultQuery(WRONG + " union all " + MISSING).fetch(0, String.class);
    }
}
