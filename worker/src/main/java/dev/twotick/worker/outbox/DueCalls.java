package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.db.RowStatement;
import dev.twotick.db.StandingPlan;
import dev.twotick.db.Unnest;
import dev.twotick.worker.outbox.DeliveryLedger.Claimed;
import dev.twotick.worker.outbox.DeliveryLedger.Room;
import dev.twotick.worker.outbox.DeliveryLedger.Rooms;
import java.sql.Array;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The rows of `hook_delivery` that are due: claimed, with the bodies of their events.
final class DueCalls {
    private static final Logger log = LoggerFactory.getLogger(DueCalls.class);

    /// Of a row `d`: its time has come, and no lease holds it.
    static final String DUE =
            "d.next_attempt_at <= now() and (d.claim is null or coalesce(d.leased_until <= now(), true))";

    // Of a row `d`: it goes in no batch. Its last call failed, perhaps for one of the events in it; and not because
    // there were too many calls.
    private static final String ALONE = "(d.attempt > 0 and d.answered is distinct from 429)";

    // Fair: each endpoint gives as many as there is room for, however long the queue of another. The limit is
    // reached along the index (endpoint_id, next_attempt_at), past those that are claimed already, and rows that others
    // are claiming are skipped. The update finds its rows by place: joined by key, the planner would read the whole
    // table. It changes no column that an index has: the due time stays.
    //
    // call: how much of a call an event takes, as a rate counts it; all of one, or its part of a batch. chosen:
    // endpoints in turn, as far as they fit, and one row that is too large for its endpoint's room. What is locked and
    // does not fit is left as it was.
    private static final String CLAIM = """
            with room as materialized (
                select * from unnest(?::uuid[], ?::int[], ?::int[], ?::int[], ?::bigint[], ?::bool[])
                    as t (endpoint_id, most, calls, batch, bytes, probe)),
            due as materialized (
                select r.endpoint_id, r.bytes, r.calls, owed.*
                from room r
                join hook_endpoint p on p.id = r.endpoint_id and p.active and not p.paused
                    and (r.probe or p.paused_until is null)
                cross join lateral (
                    select at, size, due_at, row_number() over line as nth, sum(size) over line as total,
                        sum(call) over line as made
                    from (
                        select d.ctid as at, d.size, d.next_attempt_at as due_at, case when {ALONE} then 1
                            else least(1, greatest(1 / r.batch::float8, d.size / {MOST}::float8)) end as call
                        from hook_delivery d {HEAD}
                        where d.endpoint_id = r.endpoint_id and {DUE} and {IS_HEAD}
                        order by d.next_attempt_at limit r.most
                        for update of d skip locked) first
                    window line as (order by due_at rows unbounded preceding)) owed),
            chosen as (
                select at
                from (
                    select at, sum(size) over (order by nth rows unbounded preceding) as total
                    from due where total <= bytes and made < calls + 0.001) in_turn
                where total <= ?::bigint
                union all
                (select at from due where nth = 1 and size > bytes and size >= ?::bigint order by due_at limit 1)),
            claimed as (
                update hook_delivery d
                set claim = ?::uuid, leased_until = now() + ?::bigint * interval '1 millisecond'
                where d.ctid = any (array(select at from chosen))
                returning d.endpoint_id, d.event_id, d.event_at, d.page, d.place, d.attempt, d.line, {ALONE} as alone)
            select w.endpoint_id, w.waiting, c.event_id, c.event_at, c.page, c.place, c.attempt, c.line, c.alone
            from (select endpoint_id, max(nth) as waiting from due group by endpoint_id) w
            left join claimed c on c.endpoint_id = w.endpoint_id
            """.replace("{DUE}", DUE)
            .replace("{HEAD}", DeliveryLines.HEAD)
            .replace("{IS_HEAD}", DeliveryLines.IS_HEAD)
            .replace("{ALONE}", ALONE)
            .replace("{MOST}", Integer.toString(Endpoint.Limits.MOST_BYTES_OF_BATCH));

    // Beside the claim and not in it: a server of PostgreSQL 18.6 died of pruning their partitions (in
    // perform_pruning_base_step) while subqueries beside the row locks read them; and each page is read once.
    private static final String PAGES = """
            select p.raised_at, p.id, p.event_ids, p.types, p.type_of, p.sizes, p.bodies, p.apps
            from unnest(?::timestamptz[], ?::bigint[]) as t (raised_at, id)
            cross join lateral (
                select * from hook_page p where p.raised_at = t.raised_at and p.id = t.id limit 1) p
            """;

    private static final String DISCARD = """
            delete from hook_delivery d
            using (select d.at from (
                select endpoint_id, event_id, {2}::uuid as claim from unnest({0}, {1}) as t (endpoint_id, event_id)) m
                {STILL_HELD}) held
            where d.ctid = held.at
            """.replace("{STILL_HELD}", HookDeliveries.STILL_HELD);

    /// Leases what is due, the longest due first. A call whose event is past its retention is dropped.
    static Claimed claim(DSLContext tx, Rooms rooms, Duration lease) {
        UUID claim = UUID.randomUUID();
        long leaseEnd = System.nanoTime() + lease.toNanos();
        Map<UUID, Long> left = new HashMap<>();
        List<ClaimedRow> claimed = new ArrayList<>();
        RowStatement.of(CLAIM, rooms.each())
                .after("select " + StandingPlan.SETTINGS)
                .uuids(Room::endpointId)
                .ints(Room::most)
                .ints(Room::calls)
                .ints(Room::batch)
                .longs(Room::bytes)
                .flags(Room::probe)
                .value(rooms.bytes())
                .value(rooms.outsize())
                .value(claim)
                .value(lease.toMillis())
                .fetch(tx, row -> {
                    UUID endpointId = row.getObject(1, UUID.class);
                    left.putIfAbsent(endpointId, row.getLong(2));
                    UUID eventId = row.getObject(3, UUID.class);
                    if (eventId != null) {
                        left.merge(endpointId, -1L, Long::sum);
                        claimed.add(new ClaimedRow(
                                endpointId,
                                eventId,
                                new PageKey(Objects.requireNonNull(RowStatement.time(row, 4)), row.getLong(5)),
                                row.getInt(6),
                                row.getInt(7),
                                RowStatement.longOrNull(row, 8),
                                row.getBoolean(9)));
                    }
                    return endpointId;
                });
        left.values().removeIf(count -> count <= 0);
        Map<PageKey, Page> pages = pages(tx, claimed);
        Map<Boolean, List<ClaimedRow>> byEvent =
                claimed.stream().collect(Collectors.partitioningBy(row -> Page.has(pages.get(row.page()), row)));
        discard(tx, byEvent.getOrDefault(false, List.of()), claim);
        List<OwedCall> calls = byEvent.getOrDefault(true, List.of()).stream()
                .sorted(AS_RAISED) // the update has them in an order of its own
                .map(row -> Objects.requireNonNull(pages.get(row.page())).call(row, claim, leaseEnd))
                .toList();
        return new Claimed(calls, left.keySet(), Optional.empty());
    }

    private static final Comparator<ClaimedRow> AS_RAISED =
            Comparator.<ClaimedRow>comparingLong(row -> row.page().id()).thenComparingInt(ClaimedRow::place);

    private record PageKey(Instant raisedAt, long id) {}

    private record ClaimedRow(
            UUID endpointId,
            UUID eventId,
            PageKey page,
            int place,
            int attempt,
            @Nullable Long line,
            boolean alone) {}

    /// @param apps of each event; none where no event has one
    private record Page(
            List<UUID> eventIds, List<String> types, List<Short> typeOf, List<byte[]> bodies, List<String> apps) {
        static boolean has(@Nullable Page page, ClaimedRow row) {
            return page != null
                    && row.place() <= page.eventIds.size()
                    && row.eventId().equals(page.eventIds.get(row.place() - 1));
        }

        OwedCall call(ClaimedRow row, UUID claim, long leaseEnd) {
            int at = row.place() - 1;
            return new OwedCall(
                    row.endpointId(),
                    row.eventId(),
                    types.get(typeOf.get(at) - 1),
                    bodies.get(at),
                    apps.isEmpty() ? null : apps.get(at),
                    row.line(),
                    row.attempt(),
                    row.alone(),
                    claim,
                    leaseEnd);
        }
    }

    private static Map<PageKey, Page> pages(DSLContext tx, List<ClaimedRow> claimed) {
        Set<PageKey> keys = claimed.stream().map(ClaimedRow::page).collect(Collectors.toSet());
        Map<PageKey, Page> pages = new HashMap<>();
        if (!keys.isEmpty()) {
            RowStatement.of(PAGES, keys)
                    .times(PageKey::raisedAt)
                    .longs(PageKey::id)
                    .fetch(tx, row -> {
                        PageKey key = new PageKey(Objects.requireNonNull(RowStatement.time(row, 1)), row.getLong(2));
                        pages.put(
                                key,
                                new Page(
                                        Arrays.asList((UUID[]) row.getArray(3).getArray()),
                                        List.of((String[]) row.getArray(4).getArray()),
                                        List.of((Short[]) row.getArray(5).getArray()),
                                        PackedBodies.unpack(row.getBytes(7), List.of((Integer[])
                                                row.getArray(6).getArray())),
                                        apps(row.getArray(8))));
                        return key;
                    });
        }
        return pages;
    }

    private static List<String> apps(@Nullable Array apps) throws SQLException {
        return apps == null ? List.of() : Arrays.asList((String[]) apps.getArray());
    }

    private static void discard(DSLContext tx, List<ClaimedRow> withoutEvent, UUID claim) {
        if (withoutEvent.isEmpty()) {
            return;
        }
        Unnest<ClaimedRow> lost = Unnest.of(withoutEvent);
        int dropped =
                tx.execute(DISCARD, lost.uuids(ClaimedRow::endpointId), lost.uuids(ClaimedRow::eventId), val(claim));
        log.warn("hook deliveries dropped count={} reason=\"their events are past retention\"", dropped);
    }

    private DueCalls() {}
}
