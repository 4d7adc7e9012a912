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

/// The tables `hook_delivery` (what is open or dead) and `hook_attempt` (what was tried).
final class HookDeliveries {
    private static final Logger log = LoggerFactory.getLogger(HookDeliveries.class);

    /// Of a row `d`: its time has come, and no lease holds it.
    static final String DUE =
            "d.next_attempt_at <= now() and (d.claim is null or coalesce(d.leased_until <= now(), true))";

    // Fair: each endpoint gives as many as there is room for, however long the queue of another. The limit is
    // reached along the index (endpoint_id, next_attempt_at), past those that are claimed already, and rows that others
    // are claiming are skipped. The update finds its rows by place: joined by key, the planner would read the whole
    // table. It changes no column that an index has: the due time stays.
    //
    // ahead: how many of the first in line fit, so that no more are locked; what is locked is measured again, since
    // it may be others by then. chosen: endpoints in turn, and one row that is too large for its endpoint's room.
    private static final String CLAIM = """
            with room as materialized (
                select * from unnest(?::uuid[], ?::int[], ?::bigint[], ?::bool[]) as t (endpoint_id, most, bytes, probe)),
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
                            where d.endpoint_id = r.endpoint_id and {DUE} and {FIRST}
                            order by d.next_attempt_at limit r.most) first) line) ahead
                cross join lateral (
                    select d.ctid as at, d.size, d.next_attempt_at as due_at
                    from hook_delivery d
                    where d.endpoint_id = r.endpoint_id and {DUE} and {FIRST}
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
                where total <= ?::bigint
                union all
                (select at from measured where nth = 1 and size > bytes and size >= ?::bigint order by due_at limit 1)),
            claimed as (
                update hook_delivery d
                set claim = ?::uuid, leased_until = now() + ?::bigint * interval '1 millisecond'
                where d.ctid = any (array(select at from chosen))
                returning d.endpoint_id, d.event_id, d.event_at, d.page, d.place, d.attempt, d.line)
            select w.endpoint_id, w.waiting, c.event_id, c.event_at, c.page, c.place, c.attempt, c.line
            from (select endpoint_id, min(waiting) as waiting from due group by endpoint_id) w
            left join claimed c on c.endpoint_id = w.endpoint_id
            """.replace("{DUE}", DUE).replace("{FIRST}", DeliveryLines.IS_FIRST);

    // Beside the claim and not in it: a server of PostgreSQL 18.6 died of pruning their partitions (in
    // perform_pruning_base_step) while subqueries beside the row locks read them; and each page is read once.
    private static final String PAGES = """
            select p.raised_at, p.id, p.event_ids, p.types, p.type_of, p.sizes, p.bodies, p.apps
            from unnest(?::timestamptz[], ?::bigint[]) as t (raised_at, id)
            cross join lateral (
                select * from hook_page p where p.raised_at = t.raised_at and p.id = t.id limit 1) p
            """;

    // Of a row `d`, its attempt `m` and its endpoint `p`: it was answered as the time before, and its endpoint took
    // another call in between, so that it is for what it holds. One that was sent again begins anew.
    private static final String ALIKE = """
            coalesce(m.park_after is not null and d.attempt > 0 and d.answered = m.status_code
                        and p.passed_at > d.tried_at, false)""";

    // Of a row `m` with a call's key and claim: its place, if it is still held. Looked up by the key, whatever the
    // plan: PostgreSQL turned a plain join round if it had last seen the table empty, after an idle minute, and all
    // that waited was read for each call (64 of 40,000: 6 s instead of 1.3 ms) until autovacuum looked again.
    private static final String STILL_HELD = """
            cross join lateral (
                select d.ctid as at from hook_delivery d
                where d.endpoint_id = m.endpoint_id and d.event_id = m.event_id and d.claim = m.claim
                limit 1) d""";

    // One statement: what is delivered goes, what is not is put off, parked or dies, and each leaves an attempt. A call
    // whose claim another holds by now is left alone. ailing: its endpoint's record may change by a success.
    private static final String FINISH = """
            with made as materialized (
                select * from unnest(
                    ?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::bigint[], ?::bigint[], ?::int[], ?::int[], ?::text[],
                    ?::int[], ?::int[], ?::int[], ?::int[], ?::int[], ?::text[], ?::text[], ?::text[])
                    with ordinality as t (endpoint_id, event_id, claim, outcome, retry_ms, started_ms_ago, duration_ms,
                        status_code, error, park_after, first_byte_ms, dns_ms, connect_ms, tls_ms, remote_address,
                        error_class, answer, nth)),
            held as materialized (
                select m.*, d.at from made m {STILL_HELD}),
            gone as (
                delete from hook_delivery d using held m
                where m.outcome = 'delivered' and d.ctid = m.at
                returning m.nth, d.event_at, d.attempt + 1 as attempt, false as alike, false as parked),
            put_off as (
                update hook_delivery d set attempt = d.attempt + 1, claim = null, last_error = m.error,
                    tried_at = clock_timestamp(), answered = m.status_code,
                    alike = case when {ALIKE} then d.alike + 1 else 1 end,
                    parked_at = case when {PARKED} then clock_timestamp() end,
                    next_attempt_at = case when m.outcome = 'retry' and not {PARKED}
                        then now() + m.retry_ms * interval '1 millisecond' end
                from held m left join hook_endpoint p on p.id = m.endpoint_id
                where m.outcome <> 'delivered' and d.ctid = m.at
                returning m.nth, d.event_at, d.attempt, d.alike > 1, d.parked_at is not null),
            finished as materialized (select * from gone union all select * from put_off),
            tried as (
                insert into hook_attempt
                    (endpoint_id, event_id, event_at, attempt, started_at, duration_ms, outcome, status_code, error,
                    first_byte_ms, dns_ms, connect_ms, tls_ms, remote_address, error_class, answer)
                select m.endpoint_id, m.event_id, f.event_at, f.attempt,
                    clock_timestamp() - m.started_ms_ago * interval '1 millisecond',
                    m.duration_ms, case when f.parked then 'parked' else m.outcome end, m.status_code, m.error,
                    m.first_byte_ms, m.dns_ms, m.connect_ms, m.tls_ms, m.remote_address::inet, m.error_class, m.answer
                from finished f join made m on m.nth = f.nth)
            select m.nth::int, f.alike, f.parked, m.endpoint_id in (
                    select id from hook_endpoint where failures > 0 or paused_until is not null or watched) as ailing
            from finished f join made m on m.nth = f.nth
            """.replace(
                    "{PARKED}", "(m.outcome = 'retry' and {ALIKE} and d.alike + 1 >= m.park_after)")
            .replace("{ALIKE}", ALIKE)
            .replace("{STILL_HELD}", STILL_HELD);

    private static final String RELEASE = """
            update hook_delivery d set claim = null, next_attempt_at = now()
            from (select d.at from unnest({0}, {1}, {2}) as m (endpoint_id, event_id, claim) {STILL_HELD}) held
            where d.ctid = held.at
            """.replace("{STILL_HELD}", STILL_HELD);

    private static final String DISCARD = """
            delete from hook_delivery d
            using (select d.at from (
                select endpoint_id, event_id, {2}::uuid as claim from unnest({0}, {1}) as t (endpoint_id, event_id)) m
                {STILL_HELD}) held
            where d.ctid = held.at
            """.replace("{STILL_HELD}", STILL_HELD);

    /// Leases what is due, the longest due first. A call whose event is past its retention is dropped.
    Claimed claimDue(DSLContext tx, Rooms rooms, Duration lease) {
        UUID claim = UUID.randomUUID();
        long leaseEnd = System.nanoTime() + lease.toNanos();
        Map<UUID, Long> left = new HashMap<>();
        List<ClaimedRow> claimed = new ArrayList<>();
        RowStatement.of(CLAIM, rooms.each())
                .after("select " + StandingPlan.SETTINGS)
                .uuids(Room::endpointId)
                .ints(Room::most)
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
                                RowStatement.longOrNull(row, 8)));
                    }
                    return endpointId;
                });
        left.values().removeIf(count -> count <= 0);
        Map<PageKey, Page> pages = pages(tx, claimed);
        Map<Boolean, List<ClaimedRow>> byEvent =
                claimed.stream().collect(Collectors.partitioningBy(row -> Page.has(pages.get(row.page()), row)));
        discard(tx, byEvent.getOrDefault(false, List.of()), claim);
        List<OwedCall> calls = byEvent.getOrDefault(true, List.of()).stream()
                .map(row -> Objects.requireNonNull(pages.get(row.page())).call(row, claim, leaseEnd))
                .toList();
        return new Claimed(calls, left.keySet(), Optional.empty());
    }

    private record PageKey(Instant raisedAt, long id) {}

    private record ClaimedRow(
            UUID endpointId,
            UUID eventId,
            PageKey page,
            int place,
            int attempt,
            @Nullable Long line) {}

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

    /// An outcome that was written: its call still held its claim.
    ///
    /// @param alike it was answered as the time before, while the endpoint took others
    /// @param parked and that often enough
    record Written(FinishedCall finished, boolean alike, boolean parked) {}

    /// @param ailing whether the endpoint of one of them had failed before
    record Finished(List<Written> written, boolean ailing) {}

    Finished finish(DSLContext tx, List<FinishedCall> made) {
        long now = System.nanoTime();
        List<Written> written = new ArrayList<>();
        boolean ailing = RowStatement.of(FINISH, made)
                .uuids(finished -> finished.call().endpointId())
                .uuids(finished -> finished.call().eventId())
                .uuids(finished -> finished.call().claim())
                .texts(finished -> finished.outcome().recordedAs())
                .longs(finished -> finished.outcome() instanceof CallOutcome.RetryIn retry
                        ? (Long) retry.delay().toMillis()
                        : null)
                .longs(finished -> (now - finished.startedAt()) / 1_000_000)
                .ints(finished -> (int) finished.took().toMillis())
                .ints(finished -> finished.outcome().statusCode())
                .texts(finished -> finished.outcome().error())
                .ints(finished -> Parking.after(finished.outcome()))
                .ints(finished -> finished.trace().firstByte())
                .ints(finished -> finished.trace().dns())
                .ints(finished -> finished.trace().connect())
                .ints(finished -> finished.trace().tls())
                .texts(finished -> finished.trace().remoteAddress())
                .texts(finished -> finished.trace().failedAt() == null
                        ? null
                        : finished.trace().failedAt().word)
                .texts(finished -> finished.trace().answer())
                .after("select " + StandingPlan.SETTINGS)
                .fetch(tx, row -> {
                    written.add(new Written(made.get(row.getInt(1) - 1), row.getBoolean(2), row.getBoolean(3)));
                    return row.getBoolean(4);
                })
                .contains(true);
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
