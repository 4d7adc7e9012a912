package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.db.Unnest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Writes hook events and the calls owed for them, in the transaction of the fact that owes them.
public final class Outbox {

    // kept: each event once, whether or not anyone wants it. wanted: endpoint × type, so that globs are matched
    // once a type. The lease runs from the clock, not from the transaction's start, as OwedCall.leaseEnd does.
    private static final String ENQUEUE = """
            with input as materialized (
                select * from unnest({0}, {1}, {2}, {3}, {4}, {5}, {6}) with ordinality
                    as t (id, type, account_id, phone_number_id, fact_key, body, payload_id, place)),
            kept as (
                insert into hook_event (id, type, account_id, fact_key, body, payload_id)
                select id, type, account_id, fact_key, body, payload_id from input
                on conflict (day, id) do nothing
                returning id),
            wanted as materialized (
                select p.id as endpoint_id, p.accounts, p.paused_until is null as open, t.type
                from hook_endpoint p cross join (select distinct type from input) t
                where p.active and p.id is distinct from {7} and %s),
            owed as (
                select w.endpoint_id, i.id as event_id,
                    w.open and row_number() over line <= {8} and sum(octet_length(i.body)) over line <= {11} as leased
                from input i join kept on kept.id = i.id join wanted w on w.type = i.type
                where w.accounts is null or i.phone_number_id = any (w.accounts)
                window line as (partition by w.open order by i.place rows unbounded preceding))
            insert into hook_delivery (endpoint_id, event_id, event_day, next_attempt_at, claim)
            select endpoint_id, event_id, (now() at time zone 'UTC')::date,
                case when leased then clock_timestamp() + {9} * interval '1 millisecond' else now() end,
                case when leased then {10} end
            from owed
            on conflict (endpoint_id, event_id) do nothing
            returning endpoint_id, event_id, event_day, claim
            """.formatted(Globs.matchesAny("t.type", "p.events"));

    private final Duration lease;
    private final LongSupplier freeBytes;

    /// @param lease how long a call stays with the process that committed it, before another may make it
    /// @param freeBytes so many bytes of bodies this process can hold now
    public Outbox(Duration lease, LongSupplier freeBytes) {
        this.lease = lease;
        this.freeBytes = freeBytes;
    }

    /// For a process that makes no calls.
    public Outbox(Duration lease) {
        this(lease, () -> Long.MAX_VALUE);
    }

    /// Writes the events and, by one `INSERT … SELECT`, a delivery for each active endpoint that wants it.
    /// The insert of the fact itself decides that it is new. Should an event be raised twice all the same, the
    /// second makes no call and does not hold up its batch.
    ///
    /// @param leaseUpTo so many deliveries, if their bodies fit, come back leased to this process, to be sent right
    ///     after the commit without a claim; the rest, and those of a paused endpoint, are due at once for whoever
    ///     claims them
    public List<OwedCall> enqueue(DSLContext tx, List<HookEvent> events, int leaseUpTo) {
        return enqueue(tx, events, leaseUpTo, null);
    }

    /// @param except an endpoint that is not told, because the events are about it
    List<OwedCall> enqueue(DSLContext tx, List<HookEvent> events, int leaseUpTo, @Nullable UUID except) {
        if (events.isEmpty()) {
            return List.of();
        }
        Map<UUID, Written> written = new HashMap<>();
        List<Written> rows = events.stream().map(Written::of).toList();
        rows.forEach(row -> written.put(row.id(), row));
        Unnest<Written> columns = Unnest.of(rows);
        UUID claim = UUID.randomUUID();
        long leaseEnd = System.nanoTime() + lease.toNanos();
        return tx
                .resultQuery(
                        ENQUEUE,
                        columns.uuids(Written::id),
                        columns.texts(row -> row.event().type()),
                        columns.longs(row -> row.event().accountId()),
                        columns.texts(row -> row.event().phoneNumberId()),
                        columns.texts(row -> row.event().factKey()),
                        columns.texts(Written::body),
                        columns.uuids(row -> row.event().payloadId()),
                        val(except, SQLDataType.UUID),
                        val(leaseUpTo),
                        val(lease.toMillis()),
                        val(claim),
                        val(freeBytes.getAsLong()))
                .fetch()
                .stream()
                .filter(row -> row.get("claim") != null)
                .map(row -> leased(row, written, claim, leaseEnd))
                .toList();
    }

    private static OwedCall leased(Record row, Map<UUID, Written> written, UUID claim, long leaseEnd) {
        UUID eventId = row.get("event_id", UUID.class);
        Written event = Objects.requireNonNull(written.get(eventId));
        return new OwedCall(
                row.get("endpoint_id", UUID.class),
                eventId,
                event.event().type(),
                event.body().getBytes(StandardCharsets.UTF_8),
                0,
                claim,
                leaseEnd);
    }

    /// The event with what is costly to make, made once.
    private record Written(HookEvent event, UUID id, String body) {
        static Written of(HookEvent event) {
            return new Written(event, event.id(), event.body());
        }
    }
}
