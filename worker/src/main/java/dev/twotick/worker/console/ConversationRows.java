package dev.twotick.worker.console;

import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.noCondition;
import static org.jooq.impl.DSL.val;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Table `conversation`, as a list that people page through, the one that was written in last first.
///
/// No index says when a conversation was written in, as each message would move its entry. The messages are walked
/// instead, the newest first, and a conversation stands where its latest one does: each once, however many it has.
/// However rare what is looked for, a page walks no more than so many messages, and says from where the next one goes
/// on.
final class ConversationRows {
    static final int PAGE = 50;
    private static final int MOST_WALKED = 3_000;
    private static final int MOST_WALKED_OF_ACCOUNT = 10_000; // of which few are looked up
    private static final int MOST_FOUND = 100;

    private static final String COLUMNS = """
            c.id, m.id as latest, a.phone_number_id, coalesce(a.name, a.display_phone_number, a.phone_number_id) as account,
            c.contact_id, c.group_id, c.unread_count,
            case when c.window_expires_at > now() then c.window_expires_at end as window_expires_at,
            coalesce(p.saved_name, p.name, p.username, i.value, 'Group ' || c.group_id, '') as title,
            m.type, left(m.body, 400) as body, m.direction, m.status, m.occurred_at, m.revoked_at
            """;

    private static final String AROUND = """
            join account a on a.id = c.account_id
            left join contact p on p.id = c.contact_id
            left join lateral (
                select value from contact_identity where contact_id = c.contact_id
                order by array_position(array['wa_id', 'user_id', 'parent_user_id'], kind), value limit 1) i on true
            """;

    // Of what is walked, one message of each conversation may be its latest; only of as many as the page needs it is
    // looked up whether it is.
    private static final String LIST = "select " + COLUMNS + """
            from (
                select one.id, one.conversation_id from (
                    select distinct on (w.conversation_id) w.id, w.conversation_id from (
                        select id, conversation_id, account_id, kind, occurred_at
                        from message where id < {0} order by id desc limit {1}) w
                    where w.kind = 'content' and w.conversation_id is not null and {2}
                    order by w.conversation_id, w.occurred_at desc, w.id desc) one
                order by one.id desc offset 0) found
            join message m on m.id = found.id
            join conversation c on c.id = found.conversation_id
            """ + AROUND + """
            where {3} and found.id = (
                select l.id from message l where l.conversation_id = found.conversation_id
                    and l.kind = 'content' order by l.occurred_at desc, l.id desc limit 1)
            order by found.id desc limit {4}
            """;

    private static final String LAST_WALKED = """
            select id from message where id < {0} order by id desc limit 1 offset {1}
            """;

    private static final String SOME = "select " + COLUMNS + """
            from conversation c
            left join lateral (
                select * from message l where l.conversation_id = c.id and l.kind = 'content'
                order by l.occurred_at desc, l.id desc limit 1) m on true
            """ + AROUND
            + "where {0} order by c.last_message_at desc nulls last, c.id desc limit {1}";

    private final DSLContext db;

    ConversationRows(DSLContext db) {
        this.db = db;
    }

    /// @param older where the next page goes on; null: there are no more
    /// @param full false: it was looked for in so many messages that this page ends without being full; of a
    ///     search: more was found than this
    record Page(List<ConversationRow> rows, @Nullable Long older, boolean full) {}

    /// @param account a `phone_number_id`; empty: all
    /// @param before a message's id, exclusive
    Page page(String account, boolean unreadOnly, Optional<Long> before) {
        long from = before.orElse(Long.MAX_VALUE);
        Condition ofAccount = account.isEmpty()
                ? noCondition()
                : condition(
                        "w.account_id = (select id from account where phone_number_id = {0})",
                        val(account, SQLDataType.CLOB));
        Condition unread = unreadOnly ? condition("c.unread_count > 0") : noCondition();
        int walked = account.isEmpty() ? MOST_WALKED : MOST_WALKED_OF_ACCOUNT;
        List<ConversationRow> rows = db.resultQuery(LIST, val(from), val(walked), ofAccount, unread, val(PAGE + 1))
                .fetch(ConversationRow::of);
        if (rows.size() > PAGE) {
            return new Page(rows.subList(0, PAGE), rows.get(PAGE - 1).latest(), true);
        }
        Long last = db.resultQuery(LAST_WALKED, val(from), val(walked - 1))
                .fetchOptional(0, Long.class)
                .orElse(null);
        return new Page(rows, last, last == null);
    }

    /// Those that were written in last.
    Page ofContacts(Collection<UUID> contacts) {
        Condition theirs =
                condition("c.contact_id = any ({0})", val(contacts.toArray(UUID[]::new), SQLDataType.UUID.array()));
        List<ConversationRow> rows =
                db.resultQuery(SOME, theirs, val(MOST_FOUND + 1)).fetch(ConversationRow::of);
        boolean all = rows.size() <= MOST_FOUND;
        return new Page(all ? rows : rows.subList(0, MOST_FOUND), null, all);
    }

    Optional<ConversationRow> find(long id) {
        return db.resultQuery(SOME, condition("c.id = {0}", val(id)), val(1)).fetchOptional(ConversationRow::of);
    }
}
