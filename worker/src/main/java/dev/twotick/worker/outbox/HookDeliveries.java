package dev.twotick.worker.outbox;

import dev.twotick.db.RowStatement;
import dev.twotick.db.StandingPlan;
import dev.twotick.db.Unnest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// The tables `hook_delivery` (what is open or dead) and `hook_attempt` (what was tried).
final class HookDeliveries {
    // Of a row `d`, its attempt `m` and its endpoint `p`: it was answered as the time before, and its endpoint took
    // another call in between, so that it is for what it holds. One that was sent again begins anew.
    private static final String ALIKE = """
            coalesce(m.park_after is not null and d.attempt > 0 and d.answered = m.status_code
                        and p.passed_at > d.tried_at, false)""";

    // Of a row `m` with a call's key and claim: its place, if it is still held. Looked up by the key, whatever the
    // plan: PostgreSQL turned a plain join round if it had last seen the table empty, after an idle minute, and all
    // that waited was read for each call (64 of 40,000: 6 s instead of 1.3 ms) until autovacuum looked again.
    static final String STILL_HELD = """
            cross join lateral (
                select d.ctid as at from hook_delivery d
                where d.endpoint_id = m.endpoint_id and d.event_id = m.event_id and d.claim = m.claim
                limit 1) d""";

    // One statement: what is delivered goes, what is not is put off, parked or dies, and each leaves an attempt. A call
    // whose claim another holds by now is left alone. ailing: its endpoint's record may change by a success. What was
    // answered to a batch is kept if all of its events are there: one may have been erased, and the answer repeat it.
    private static final String FINISH = """
            with made as materialized (
                select * from unnest(
                    ?::uuid[], ?::uuid[], ?::uuid[], ?::text[], ?::bigint[], ?::bigint[], ?::int[], ?::int[], ?::text[],
                    ?::int[], ?::int[], ?::int[], ?::int[], ?::int[], ?::text[], ?::text[], ?::text[], ?::uuid[], ?::int[])
                    with ordinality as t (endpoint_id, event_id, claim, outcome, retry_ms, started_ms_ago, duration_ms,
                        status_code, error, park_after, first_byte_ms, dns_ms, connect_ms, tls_ms, remote_address,
                        error_class, answer, batch, events, nth)),
            held as materialized (
                select m.*, d.at from made m {STILL_HELD}),
            gone as (
                delete from hook_delivery d using held m
                where m.outcome = 'delivered' and d.ctid = m.at
                returning m.nth, d.event_at, d.attempt + 1 as attempt, false as alike, false as parked),
            put_off as (
                update hook_delivery d set attempt = d.attempt + 1, claim = null, last_error = m.error,
                    tried_at = clock_timestamp(), answered = m.status_code,
                    alike = case when {ALIKE} then d.alike + 1 when m.park_after is null then 0 else 1 end,
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
                    first_byte_ms, dns_ms, connect_ms, tls_ms, remote_address, error_class, answer, batch)
                select m.endpoint_id, m.event_id, f.event_at, f.attempt,
                    clock_timestamp() - m.started_ms_ago * interval '1 millisecond',
                    m.duration_ms, case when f.parked then 'parked' else m.outcome end, m.status_code, m.error,
                    m.first_byte_ms, m.dns_ms, m.connect_ms, m.tls_ms, m.remote_address::inet, m.error_class,
                    case when m.batch is null or count(*) over (partition by m.batch) = m.events then m.answer end, m.batch
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
                .longs(finished -> millis(finished.outcome().retryIn()))
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
                .uuids(finished ->
                        finished.batch() == null ? null : finished.batch().id())
                .ints(finished -> finished.batch() == null
                        ? null
                        : (Integer) finished.batch().events())
                .after("select " + StandingPlan.SETTINGS)
                .fetch(tx, row -> {
                    written.add(new Written(made.get(row.getInt(1) - 1), row.getBoolean(2), row.getBoolean(3)));
                    return row.getBoolean(4);
                })
                .contains(true);
        return new Finished(List.copyOf(written), ailing);
    }

    private static @Nullable Long millis(@Nullable Duration time) {
        return time == null ? null : (Long) time.toMillis();
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
