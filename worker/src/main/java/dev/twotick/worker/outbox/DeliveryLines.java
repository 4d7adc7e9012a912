package dev.twotick.worker.outbox;

import dev.twotick.db.RowStatement;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.DSLContext;

/// The lines of `hook_delivery`: of an ordered endpoint, the open calls of one conversation, in the order in which
/// their events were raised. A call is claimed when it is the first of its line, and so nobody needs to be told that
/// it has become that; what is dead or parked is in no line any more.
///
/// ```
///  line 17    A  tried at 10:00, again at 10:05     not due: the index of what is due does not hold it
///             B  never tried, due at 10:05 too      nor this one: put off with A
///             C  raised while A was in flight, due  walked past by claims, until A is put off the next time
/// ```
///
/// Who is first is looked up when a call is claimed; a due time may be wrong and only makes it later. So those behind
/// are put off for one reason alone: that claims need not walk past them.
public final class DeliveryLines {
    /// Joins the head of its line to a row `d`, for [#IS_HEAD]. Of a line of thousands it is looked up once, and
    /// remembered (Memoize), as soon as PostgreSQL knows that lines are long.
    static final String HEAD = """
            left join lateral (
                select b.page, b.place from hook_delivery b
                where b.endpoint_id = d.endpoint_id and b.line = d.line and b.next_attempt_at is not null
                order by b.page, b.place limit 1) head on true""";

    /// An SQL condition on a row `d`, with [#HEAD]: no open call of its line is before it.
    static final String IS_HEAD = "(d.line is null or (d.page, d.place) = (head.page, head.place))";

    // Of a line `t`, its first open call.
    private static final String FIRST = """
            select b.* from hook_delivery b
            where b.endpoint_id = {ENDPOINT} and b.line = {LINE} and b.next_attempt_at is not null
            order by b.page, b.place limit 1""";

    // The first, if it was put off with one that is gone, goes now. Those behind one that is put off wait as long.
    // Looked up along the line, whatever the plan. Whoever is locked is being claimed, sent again or erased.
    private static final String MOVE_UP =
            """
            with first as materialized (
                select t.endpoint_id, t.line, f.event_id, f.page, f.place, f.next_attempt_at, f.attempt
                from unnest(?::uuid[], ?::bigint[]) as t (endpoint_id, line)
                cross join lateral ({FIRST}) f
                where f.claim is null and f.next_attempt_at > now()),
            moved as materialized (
                select b.at, case when f.attempt = 0 then now() else f.next_attempt_at end as due
                from first f
                cross join lateral (
                    select d.ctid as at from hook_delivery d
                    where d.endpoint_id = f.endpoint_id and d.line = f.line and d.next_attempt_at is not null
                        and d.claim is null and (d.page, d.place) >= (f.page, f.place)
                        and case when f.attempt = 0 then d.event_id = f.event_id
                            else d.event_id <> f.event_id and d.next_attempt_at < f.next_attempt_at end
                    for update skip locked) b)
            update hook_delivery d set next_attempt_at = m.due from moved m where d.ctid = m.at
            """.replace("{FIRST}", FIRST).replace("{ENDPOINT}", "t.endpoint_id").replace("{LINE}", "t.line");

    record Line(UUID endpointId, long line) {
        static Set<Line> of(Collection<OwedCall> calls) {
            return calls.stream()
                    .filter(call -> call.line() != null)
                    .map(call -> new Line(call.endpointId(), call.line()))
                    .collect(Collectors.toSet());
        }
    }

    /// An SQL expression: when the first open call of a line is due; null: there is none. One in flight may end at
    /// once.
    static String firstDue(String endpoint, String line) {
        return "(select case when f.claim is null then f.next_attempt_at else now() end from ("
                + FIRST.replace("{ENDPOINT}", endpoint).replace("{LINE}", line) + ") f)";
    }

    /// Call when the first of these lines have been tried, or are gone.
    static void moveUp(DSLContext tx, Collection<Line> lines) {
        if (!lines.isEmpty()) {
            RowStatement.of(MOVE_UP, lines)
                    .uuids(Line::endpointId)
                    .longs(Line::line)
                    .execute(tx);
        }
    }

    // From one line to the next one's head, along their index.
    private static final String STRANDED =
            """
            with recursive line as (
                (select d.endpoint_id, d.line from hook_delivery d
                where d.line is not null and d.next_attempt_at is not null order by d.endpoint_id, d.line limit 1)
                union all
                select n.endpoint_id, n.line
                from line l
                cross join lateral (
                    select d.endpoint_id, d.line from hook_delivery d
                    where d.line is not null and d.next_attempt_at is not null
                        and (d.endpoint_id, d.line) > (l.endpoint_id, l.line)
                    order by d.endpoint_id, d.line limit 1) n)
            select t.endpoint_id, t.line
            from line t cross join lateral ({FIRST}) f
            where f.attempt = 0 and f.claim is null and f.next_attempt_at > now()
            """.replace("{FIRST}", FIRST).replace("{ENDPOINT}", "t.endpoint_id").replace("{LINE}", "t.line");

    /// A call that was put off with the one before it is moved up when that one is gone, unless it was committed at
    /// the same moment, so that neither transaction saw the other. Such ones are due now.
    ///
    /// @return in how many lines
    public static int moveUpStranded(DSLContext db) {
        Set<Line> stranded = Set.copyOf(db.resultQuery(STRANDED)
                .fetch(row -> new Line(row.get("endpoint_id", UUID.class), row.get("line", Long.class))));
        moveUp(db, stranded);
        return stranded.size();
    }

    private DeliveryLines() {}
}
