package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.db.Unnest;
import dev.twotick.worker.outbox.DeliveryLedger.Claimed;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tables `hook_delivery` (what is open or dead) and `hook_attempt` (what was tried).
final class HookDeliveries {
    private static final Logger log = LoggerFactory.getLogger(HookDeliveries.class);

    // Fair: each endpoint gives as many as there is room for, however long the queue of another. The limit is
    // reached along the index (endpoint_id, next_attempt_at), and rows that others are claiming are skipped. The
    // update finds its rows by place: joined by key, the planner would read the whole table.
    //
    // ahead: how many of the first in line fit, so that no more are locked; what is locked is measured again, since
    // it may be others by then. chosen: endpoints in turn, and one row that is too large for its endpoint's room.
    // Pages are read at the end only: a server of PostgreSQL 18.6 died of pruning their partitions (in
    // perform_pruning_base_step) while subqueries beside the row locks read them.
    private static final String CLAIM = """
            with room as materialized (
                select * from unnest({0}, {1}, {2}, {3}) as t (endpoint_id, most, bytes, probe)),
            due as materialized (
                select r.endpoint_id, r.bytes, ahead.waiting, owed.*
                from room r
                join hook_endpoint p on p.id = r.endpoint_id and p.active and not p.paused
                    and (r.probe or p.paused_until is null)
                cross join lateral (
                    select count(*) as waiting, count(*) filter (where line.total <= r.bytes) as fitting
                    from (
                        select sum(size) over (order by next_attempt_at rows unbounded preceding) as total
                        from (
                            select d.next_attempt_at, d.size from hook_delivery d
                            where d.endpoint_id = p.id and d.next_attempt_at <= now()
                            order by d.next_attempt_at limit r.most) first) line) ahead
                cross join lateral (
                    select d.ctid as at, d.event_id, d.size, d.next_attempt_at as due_at
                    from hook_delivery d
                    where d.endpoint_id = p.id and d.next_attempt_at <= now()
                    order by d.next_attempt_at limit greatest(1, ahead.fitting)
                    for update skip locked) owed),
            measured as materialized (
                select *, row_number() over line as nth, sum(size) over line as total
                from due
                window line as (partition by endpoint_id order by due_at, at rows unbounded preceding)),
            chosen as (
                select at
                from (
                    select at, sum(size) over (order by nth, due_at, at rows unbounded preceding) as total
                    from measured where total <= bytes) in_turn
                where total <= {4}
                union all
                (select at from measured where nth = 1 and size > bytes and size >= {5} order by due_at limit 1)),
            claimed as (
                update hook_delivery d set claim = {6}, next_attempt_at = now() + {7} * interval '1 millisecond'
                where d.ctid = any (array(select at from chosen))
                returning d.endpoint_id, d.event_id, d.event_at, d.page, d.place, d.attempt)
            select d.endpoint_id, d.event_id, d.waiting, c.attempt, c.page, c.place,
                p.types[p.type_of[c.place]] as type, p.sizes,
                case row_number() over (partition by p.raised_at, p.id) when 1 then p.bodies end as bodies
            from due d
            left join claimed c on c.endpoint_id = d.endpoint_id and c.event_id = d.event_id
            left join hook_page p on p.raised_at = c.event_at and p.id = c.page and p.event_ids[c.place] = c.event_id
            """;

    // One statement: what is delivered goes, what is not is put off or dies, and each of them leaves an attempt.
    // A call whose claim another holds by now is left alone. ailing: its endpoint's record may change by a success.
    private static final String FINISH = """
            with made as materialized (
                select * from unnest({0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}) with ordinality
                    as t (endpoint_id, event_id, claim, outcome, retry_ms, started_ms_ago, duration_ms, status_code,
                        error, nth)),
            gone as (
                delete from hook_delivery d using made m
                where m.outcome = 'delivered'
                    and d.endpoint_id = m.endpoint_id and d.event_id = m.event_id and d.claim = m.claim
                returning m.nth, d.event_at, d.attempt + 1 as attempt),
            put_off as (
                update hook_delivery d set attempt = d.attempt + 1, claim = null, last_error = m.error,
                    next_attempt_at = case m.outcome when 'retry' then now() + m.retry_ms * interval '1 millisecond' end
                from made m
                where m.outcome <> 'delivered'
                    and d.endpoint_id = m.endpoint_id and d.event_id = m.event_id and d.claim = m.claim
                returning m.nth, d.event_at, d.attempt),
            finished as materialized (select * from gone union all select * from put_off),
            tried as (
                insert into hook_attempt
                    (endpoint_id, event_id, event_at, attempt, started_at, duration_ms, outcome, status_code, error)
                select m.endpoint_id, m.event_id, f.event_at, f.attempt,
                    clock_timestamp() - m.started_ms_ago * interval '1 millisecond',
                    m.duration_ms, m.outcome, m.status_code, m.error
                from finished f join made m on m.nth = f.nth)
            select m.nth::int, m.endpoint_id in (
                    select id from hook_endpoint where failures > 0 or paused_until is not null) as ailing
            from finished f join made m on m.nth = f.nth
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
        List<Record> claimed = new ArrayList<>();
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
                    if (row.get("attempt") != null) {
                        left.merge(endpointId, -1L, Long::sum);
                        claimed.add(row);
                    }
                });
        discard(tx, claimed.stream().filter(row -> row.get("type") == null).toList(), claim);
        left.values().removeIf(count -> count <= 0);
        return new Claimed(owedCalls(claimed, claim, leaseEnd), left.keySet(), Optional.empty());
    }

    private static void discard(DSLContext tx, List<Record> withoutEvent, UUID claim) {
        if (withoutEvent.isEmpty()) {
            return;
        }
        Unnest<Record> lost = Unnest.of(withoutEvent);
        int dropped = tx.execute(
                DISCARD,
                lost.uuids(row -> row.get("endpoint_id", UUID.class)),
                lost.uuids(row -> row.get("event_id", UUID.class)),
                val(claim));
        log.warn("hook deliveries dropped count={} reason=\"their events are past retention\"", dropped);
    }

    private static List<OwedCall> owedCalls(List<Record> claimed, UUID claim, long leaseEnd) {
        Map<Long, List<byte[]>> pages = new HashMap<>();
        for (Record row : claimed) {
            byte[] packed = row.get("bodies", byte[].class);
            if (packed != null) {
                pages.put(
                        row.get("page", Long.class),
                        PackedBodies.unpack(packed, List.of(row.get("sizes", Integer[].class))));
            }
        }
        return claimed.stream()
                .filter(row -> row.get("type") != null)
                .map(row -> new OwedCall(
                        row.get("endpoint_id", UUID.class),
                        row.get("event_id", UUID.class),
                        row.get("type", String.class),
                        Objects.requireNonNull(pages.get(row.get("page", Long.class)))
                                .get(row.get("place", Integer.class) - 1),
                        row.get("attempt", Integer.class),
                        claim,
                        leaseEnd))
                .toList();
    }

    /// @param written   those that still held their claim
    /// @param ailing whether the endpoint of one of them had failed before
    record Finished(List<FinishedCall> written, boolean ailing) {}

    Finished finish(DSLContext tx, List<FinishedCall> made) {
        long now = System.nanoTime();
        Unnest<FinishedCall> columns = Unnest.of(made);
        List<FinishedCall> written = new ArrayList<>();
        boolean ailing = false;
        for (Record row : tx.resultQuery(
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
                .fetch()) {
            written.add(made.get(row.get(0, Integer.class) - 1));
            ailing |= row.get(1, boolean.class);
        }
        return new Finished(List.copyOf(written), ailing);
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
