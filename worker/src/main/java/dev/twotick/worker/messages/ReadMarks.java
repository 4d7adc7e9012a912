package dev.twotick.worker.messages;

import dev.twotick.db.Unnest;
import dev.twotick.worker.messages.Messages.Row;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// How far a conversation was read (`read_up_to`), when messages of another one come to it: as far as either was, but
/// no unread message becomes a read one. Some that were read may count as unread again.
final class ReadMarks {

    // What lies between two marks is a piece of an index, and a mark goes back a piece at a time.
    private static final String MEET = """
            with come as (
                select n.target, s.read_up_to as mark,
                    min(n.live_at) filter (where n.live_at > coalesce(s.read_up_to, '-infinity')) as unread_at
                from unnest({1}, {2}) as n (target, live_at) join conversation s on s.id = {0}
                group by n.target, s.read_up_to),
            wanted as materialized (
                select c.id, c.read_up_to as mark,
                    least(greatest(c.read_up_to, k.mark), k.unread_at - interval '1 microsecond', (
                        select min(m.live_at) - interval '1 microsecond' from message m
                        where m.conversation_id = c.id and m.kind = 'content' and m.direction = 'inbound'
                            and m.live_at > coalesce(c.read_up_to, '-infinity'))) as wanted
                from come k join conversation c on c.id = k.target
                where greatest(c.read_up_to, k.mark) is not null),
            reached as materialized (
                select w.*, greatest(w.wanted, (
                    select m.live_at - interval '1 microsecond' from message m
                    where m.conversation_id = w.id and m.kind = 'content' and m.direction = 'inbound'
                        and m.live_at > w.wanted and m.live_at <= w.mark
                    order by m.live_at desc offset {3} limit 1)) as reached
                from wanted w)
            update conversation c
            set read_up_to = r.reached,
                unread_count = c.unread_count + (
                    select count(*) from message m
                    where m.conversation_id = c.id and m.kind = 'content' and m.direction = 'inbound'
                        and m.live_at > r.reached and m.live_at <= r.mark)
            from reached r
            where c.id = r.id and r.reached is distinct from r.mark
            returning r.reached > r.wanted
            """;

    /// Brings the marks of the conversations that these messages come to where they must be when they are there. All
    /// of them are locked.
    ///
    /// @param from  the conversation that they are in
    /// @param moved in the conversations that they come to
    /// @param limit messages that may count as unread again
    /// @return false: there are more; this is to be called again, before any of them is moved
    static boolean meet(DSLContext tx, long from, List<Row> moved, int limit) {
        Unnest<Row> rows = Unnest.of(moved);
        return tx
                .resultQuery(
                        MEET,
                        DSL.val(from),
                        rows.longs(Row::conversationId),
                        rows.times(row -> row.countsAsUnread() ? row.liveAt() : null),
                        DSL.val(limit))
                .fetch(row -> row.get(0, boolean.class))
                .stream()
                .noneMatch(unfinished -> unfinished);
    }

    private ReadMarks() {}
}
