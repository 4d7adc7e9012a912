package dev.twotick.worker.messages;

import static dev.twotick.db.schema.Tables.CONVERSATION;

import dev.twotick.db.Unnest;
import dev.twotick.worker.messages.Messages.Row;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/// How far a conversation was read (`read_up_to`, a receive time). Whoever reads moves the mark forward. When
/// messages of another conversation come to it, it is as far as either was, but no unread message becomes a read
/// one; some that were read may count as unread again.
public final class ReadMarks {

    // After the row is locked: whoever counts a message has committed by then, or counts it against the new mark.
    static final String READ = """
            with here as materialized (
                select c.id, c.read_up_to as mark, (
                    select max(m.live_at) from message m
                    where m.conversation_id = c.id and m.kind = 'content' and m.direction = 'inbound') as latest
                from conversation c where c.id = {0}),
            wanted as materialized (
                select id, mark, least({1}, latest) as wanted from here
                where latest is not null) -- which least would pass over
            update conversation c
            set read_up_to = w.wanted,
                unread_count = c.unread_count - (
                    select count(*) from message m
                    where m.conversation_id = c.id and m.kind = 'content' and m.direction = 'inbound'
                        and m.live_at > coalesce(w.mark, '-infinity') and m.live_at <= w.wanted)
            from wanted w
            where c.id = w.id and w.wanted > coalesce(w.mark, '-infinity')
            """;

    // when it was first heard of; a status may have told of it alone
    private static final String HEARD_OF = """
            select coalesce(m.live_at, m.echoed_at, m.standby_at, m.history_at, m.registered_at, m.created_at)
            from message m where m.key = {0} and m.conversation_id = {1}
            """;

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

    /// How far it is read now.
    ///
    /// @param readUpTo a receive time; null: nothing of it has ever been read
    public record Mark(
            long conversation, int unread, @Nullable Instant readUpTo) {}

    /// Somebody has read the conversation. What arrives later, or was read already, stays as it is, so that the same
    /// said twice, or by two people, is the same said once.
    ///
    /// @param upTo when the last message that they have seen was received; null: all that is here now. Never
    ///     further than that, so that nothing is read before it is here
    /// @return empty: there is no such conversation
    public static Optional<Mark> read(DSLContext tx, long conversation, @Nullable Instant upTo) {
        if (Conversations.lock(tx, List.of(conversation)).isEmpty()) {
            return Optional.empty();
        }
        tx.execute(READ, DSL.val(conversation), DSL.val(upTo, CONVERSATION.READ_UP_TO));
        return tx.select(CONVERSATION.UNREAD_COUNT, CONVERSATION.READ_UP_TO)
                .from(CONVERSATION)
                .where(CONVERSATION.ID.eq(conversation))
                .fetchOptional(row -> new Mark(conversation, row.value1(), row.value2()));
    }

    /// Likewise up to a message of either side.
    ///
    /// @param message `message.key`
    /// @return empty: there is no such conversation, or no such message in it
    public static Optional<Mark> readUpTo(DSLContext tx, long conversation, UUID message) {
        return tx.resultQuery(HEARD_OF, DSL.val(message), DSL.val(conversation))
                .fetchOptional(row -> row.get(0, Instant.class))
                .flatMap(at -> read(tx, conversation, at));
    }

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
