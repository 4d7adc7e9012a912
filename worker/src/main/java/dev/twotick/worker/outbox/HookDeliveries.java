package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.db.Unnest;
import dev.twotick.worker.outbox.DeliveryLedger.Claimed;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tables `hook_delivery` (what is open or dead) and `hook_attempt` (what was tried).
final class HookDeliveries {
    private static final Logger log = LoggerFactory.getLogger(HookDeliveries.class);

    // Reads no body: octet_length asks the pointer to it. A subquery and no join, for which the planner would read all
    // events.
    private static final String SIZE =
            "select octet_length(e.body) from hook_event e where e.day = d.event_day and e.id = d.event_id";

    // Fair: each endpoint gives as many as there is room for, however long the queue of another. The limit is
    // reached along the index (endpoint_id, next_attempt_at), and rows that others are claiming are skipped. The
    // update finds its rows by place: joined by key, the planner would read the whole table.
    //
    // ahead: how many of the first in line fit, so that no more are locked; what is locked is measured again, since
    // it may be others by then. chosen: endpoints in turn, and one row that is too large for its endpoint's room.
    private static final String CLAIM = """
            with room as materialized (
                select * from unnest({0}, {1}, {2}, {3}) as t (endpoint_id, most, bytes, probe)),
            due as materialized (
                select r.endpoint_id, r.bytes, ahead.waiting, owed.*
                from room r
                join hook_endpoint p on p.id = r.endpoint_id and p.active and (r.probe or p.paused_until is null)
                cross join lateral (
                    select count(*) as waiting, count(*) filter (where line.total <= r.bytes) as fitting
                    from (
                        select sum(size) over (order by next_attempt_at rows unbounded preceding) as total
                        from (
                            select d.next_attempt_at, coalesce((%s), 0) as size from hook_delivery d
                            where d.endpoint_id = p.id and d.next_attempt_at <= now()
                            order by d.next_attempt_at limit r.most) first) line) ahead
                cross join lateral (
                    select d.ctid as place, d.event_id, d.event_day, d.next_attempt_at as due_at from hook_delivery d
                    where d.endpoint_id = p.id and d.next_attempt_at <= now()
                    order by d.next_attempt_at limit greatest(1, ahead.fitting)
                    for update skip locked) owed),
            measured as materialized (
                select *, row_number() over line as nth, sum(size) over line as total
                from (select d.*, coalesce((%s), 0) as size from due d) d
                window line as (partition by endpoint_id order by due_at, place rows unbounded preceding)),
            chosen as (
                select place
                from (
                    select place, sum(size) over (order by nth, due_at, place rows unbounded preceding) as total
                    from measured where total <= bytes) in_turn
                where total <= {4}
                union all
                (select place from measured where nth = 1 and size > bytes and size >= {5} order by due_at limit 1)),
            claimed as (
                update hook_delivery d set claim = {6}, next_attempt_at = now() + {7} * interval '1 millisecond'
                where d.ctid = any (array(select place from chosen))
                returning d.endpoint_id, d.event_id, d.event_day, d.attempt)
            select d.endpoint_id, d.event_id, d.waiting, c.attempt, e.type, e.body
            from due d
            left join claimed c on c.endpoint_id = d.endpoint_id and c.event_id = d.event_id
            left join hook_event e on e.day = c.event_day and e.id = c.event_id
            """.replace("%s", SIZE);

    // One statement: what is delivered goes, what is not is put off or dies, and each of them leaves an attempt.
    // A call whose claim another holds by now is left alone.
    private static final String FINISH = """
            with made as materialized (
                select * from unnest({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8})
                    as t (endpoint_id, event_id, claim, outcome, retry_ms, started_ms_ago, duration_ms, status_code, error)),
            gone as (
                delete from hook_delivery d using made m
                where m.outcome = 'delivered'
                    and d.endpoint_id = m.endpoint_id and d.event_id = m.event_id and d.claim = m.claim
                returning d.endpoint_id, d.event_id, d.event_day, d.attempt + 1 as attempt, m.claim),
            put_off as (
                update hook_delivery d set attempt = d.attempt + 1, claim = null, last_error = m.error,
                    next_attempt_at = case m.outcome when 'retry' then now() + m.retry_ms * interval '1 millisecond' end
                from made m
                where m.outcome <> 'delivered'
                    and d.endpoint_id = m.endpoint_id and d.event_id = m.event_id and d.claim = m.claim
                returning d.endpoint_id, d.event_id, d.event_day, d.attempt, m.claim),
            finished as materialized (select * from gone union all select * from put_off),
            tried as (
                insert into hook_attempt
                    (endpoint_id, event_id, event_day, attempt, started_at, duration_ms, outcome, status_code, error)
                select f.endpoint_id, f.event_id, f.event_day, f.attempt,
                    clock_timestamp() - m.started_ms_ago * interval '1 millisecond',
                    m.duration_ms, m.outcome, m.status_code, m.error
                from finished f
                join made m on m.endpoint_id = f.endpoint_id and m.event_id = f.event_id and m.claim = f.claim)
            select endpoint_id, event_id, claim from finished
            """;

    private static final String RELEASE = """
            update hook_delivery d set claim = null, next_attempt_at = now()
            from unnest({0}, {1}, {2}) as t (endpoint_id, event_id, claim)
            where d.endpoint_id = t.endpoint_id and d.event_id = t.event_id and d.claim = t.claim
            """;

    private static final String DISCARD = """
            delete from hook_delivery d
            using unnest({0}, {1}) as t (endpoint_id, event_id)
            where d.endpoint_id = t.endpoint_id and d.event_id = t.event_id and d.claim = {2}
            """;

    /// Leases what is due, the longest due first. A call whose event is past its retention is dropped.
    Claimed claimDue(DSLContext tx, Rooms rooms, Duration lease) {
        UUID claim = UUID.randomUUID();
        long leaseEnd = System.nanoTime() + lease.toNanos();
        Unnest<Room> columns = Unnest.of(rooms.each());
        List<OwedCall> owed = new ArrayList<>();
        List<Record> withoutEvent = new ArrayList<>();
        Map<UUID, Long> left = new HashMap<>();
        tx.resultQuery(
                        CLAIM,
                        columns.uuids(Room::endpointId),
                        columns.ints(Room::most),
                        columns.longs(Room::bytes),
                        columns.flags(Room::probe),
                        val(rooms.bytes()),
                        val(rooms.outsize()),
                        val(claim),
                        val(lease.toMillis()))
                .forEach(row -> {
                    UUID endpointId = row.get("endpoint_id", UUID.class);
                    left.putIfAbsent(endpointId, row.get("waiting", Long.class));
                    if (row.get("attempt") == null) {
                        return;
                    }
                    left.merge(endpointId, -1L, Long::sum);
                    if (row.get("body") == null) {
                        withoutEvent.add(row);
                    } else {
                        owed.add(owedCall(row, claim, leaseEnd));
                    }
                });
        if (!withoutEvent.isEmpty()) {
            Unnest<Record> lost = Unnest.of(withoutEvent);
            int dropped = tx.execute(
                    DISCARD,
                    lost.uuids(row -> row.get("endpoint_id", UUID.class)),
                    lost.uuids(row -> row.get("event_id", UUID.class)),
                    val(claim));
            log.warn("hook deliveries dropped count={} reason=\"their events are past retention\"", dropped);
        }
        left.values().removeIf(count -> count <= 0);
        return new Claimed(owed, left.keySet());
    }

    private static OwedCall owedCall(Record row, UUID claim, long leaseEnd) {
        return new OwedCall(
                row.get("endpoint_id", UUID.class),
                row.get("event_id", UUID.class),
                row.get("type", String.class),
                row.get("body", String.class).getBytes(StandardCharsets.UTF_8),
                row.get("attempt", Integer.class),
                claim,
                leaseEnd);
    }

    /// @return those that still held their claim, and were written
    List<FinishedCall> finish(DSLContext tx, List<FinishedCall> made) {
        long now = System.nanoTime();
        Unnest<FinishedCall> columns = Unnest.of(made);
        Set<Lease> written = tx.resultQuery(
                        FINISH,
                        columns.uuids(finished -> finished.call().endpointId()),
                        columns.uuids(finished -> finished.call().eventId()),
                        columns.uuids(finished -> finished.call().claim()),
                        columns.texts(finished -> finished.outcome().recordedAs()),
                        columns.longs(finished -> finished.outcome() instanceof CallOutcome.RetryIn retry
                                ? (Long) retry.delay().toMillis()
                                : null),
                        columns.longs(finished -> (now - finished.startedAt()) / 1_000_000),
                        columns.ints(finished -> (int) finished.took().toMillis()),
                        columns.ints(finished -> finished.outcome().statusCode()),
                        columns.texts(finished -> finished.outcome().error()))
                .fetchSet(row -> new Lease(
                        row.get("endpoint_id", UUID.class),
                        row.get("event_id", UUID.class),
                        row.get("claim", UUID.class)));
        return made.stream()
                .filter(finished -> written.contains(Lease.of(finished.call())))
                .toList();
    }

    private record Lease(UUID endpointId, UUID eventId, UUID claim) {
        static Lease of(OwedCall call) {
            return new Lease(call.endpointId(), call.eventId(), call.claim());
        }
    }

    /// Gives leases back: due at once, for anyone.
    void release(DSLContext tx, List<FinishedCall> unsent) {
        Unnest<FinishedCall> columns = Unnest.of(unsent);
        tx.execute(
                RELEASE,
                columns.uuids(finished -> finished.call().endpointId()),
                columns.uuids(finished -> finished.call().eventId()),
                columns.uuids(finished -> finished.call().claim()));
    }
}
