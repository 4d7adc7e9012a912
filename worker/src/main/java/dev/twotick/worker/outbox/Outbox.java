package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import dev.twotick.db.Unnest;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.SQL;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Writes hook events and the calls owed for them, in the transaction of the fact that owes them.
public final class Outbox {

    // input: each event, and which page it is on. kept: all of them, whether or not anyone wants them. wanted: endpoint
    // ×
    // type, so that globs are matched once a type. The lease runs from the clock, not from the transaction's start, as
    // OwedCall.leaseEnd does.
    private static final String ENQUEUE = """
            with {0} input as materialized (
                select * from unnest({1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}) with ordinality
                    as t (id, type, type_of, account_id, phone_number_id, size, page, place, nth)),
            page as materialized (
                select nextval('hook_page_id') as id, string_to_array(types, ' ') as types, nth,
                    substring({9} from (sum(length) over (order by nth))::int - length + 1 for length) as bodies
                from unnest({10}, {11}) with ordinality as t (types, length, nth)),
            kept as (
                insert into hook_page (id, event_ids, types, type_of, account_ids, sizes, bodies)
                select p.id, e.ids, p.types, e.type_of, e.account_ids, e.sizes, p.bodies
                from page p join (
                    select page, array_agg(id order by place) as ids,
                        array_agg(type_of::smallint order by place) as type_of,
                        array_agg(account_id order by place) as account_ids, array_agg(size order by place) as sizes
                    from input group by page) e on e.page = p.nth),
            wanted as materialized (
                select p.id as endpoint_id, p.accounts, p.paused_until is null as open, t.type
                from hook_endpoint p cross join (select distinct type from input) t
                where p.active and p.id is distinct from {12} and %s),
            owed as (
                select w.endpoint_id, i.id as event_id, p.id as page, i.place, i.size,
                    w.open and row_number() over line <= {13} and sum(i.size) over line <= {14} as leased
                from input i join page p on p.nth = i.page join wanted w on w.type = i.type
                where w.accounts is null or i.phone_number_id = any (w.accounts)
                window line as (partition by w.open order by i.nth rows unbounded preceding))
            insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, next_attempt_at, claim)
            select endpoint_id, event_id, now(), page, place, size,
                case when leased then clock_timestamp() + {15} * interval '1 millisecond' else now() end,
                case when leased then {16} end
            from owed
            {17}
            returning endpoint_id, event_id, claim
            """.formatted(Globs.matchesAny("t.type", "p.events"));

    private static final SQL NOTHING_ELSE = DSL.sql("");
    private static final SQL ALL_NEW = DSL.sql("");
    private static final SQL UNLESS_OWED = DSL.sql("on conflict (endpoint_id, event_id) do nothing");

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
    /// second makes no call while the first is owed, and does not hold up its batch.
    ///
    /// @param leaseUpTo so many deliveries, if their bodies fit, come back leased to this process, to be sent right
    ///     after the commit without a claim; the rest, and those of a paused endpoint, are due at once for whoever
    ///     claims them
    public List<OwedCall> enqueue(DSLContext tx, List<HookEvent> events, int leaseUpTo) {
        return events.isEmpty() ? List.of() : write(tx, NOTHING_ELSE, events, leaseUpTo, null, UNLESS_OWED);
    }

    /// @param except an endpoint that is not told, because the events are about it
    List<OwedCall> enqueue(DSLContext tx, List<HookEvent> events, int leaseUpTo, @Nullable UUID except) {
        return write(tx, NOTHING_ELSE, events, leaseUpTo, except, UNLESS_OWED);
    }

    /// As [#enqueue], of events that nobody has raised before: if one is owed already, SQLSTATE 23505.
    ///
    /// @param also an `insert` that the same statement makes
    public List<OwedCall> enqueueWith(DSLContext tx, SQL also, List<HookEvent> events, int leaseUpTo) {
        return write(tx, DSL.sql("also as ({0}),", also), events, leaseUpTo, null, ALL_NEW);
    }

    private List<OwedCall> write(
            DSLContext tx, SQL also, List<HookEvent> events, int leaseUpTo, @Nullable UUID except, SQL onConflict) {
        List<EventPage> pages = EventPage.of(events);
        List<EventPage.Entry> entries =
                pages.stream().flatMap(page -> page.entries().stream()).toList();
        Unnest<EventPage.Entry> columns = Unnest.of(entries);
        List<byte[]> packed =
                PackedBodies.pack(pages.stream().map(EventPage::bodies).toList());
        UUID claim = UUID.randomUUID();
        long leaseEnd = System.nanoTime() + lease.toNanos();
        Map<UUID, EventPage.Entry> byId = new HashMap<>();
        entries.forEach(entry -> byId.put(entry.id(), entry));
        return tx
                .resultQuery(
                        ENQUEUE,
                        also,
                        columns.uuids(EventPage.Entry::id),
                        columns.texts(entry -> entry.event().type()),
                        columns.ints(EventPage.Entry::typeOf),
                        columns.longs(entry -> entry.event().accountId()),
                        columns.texts(entry -> entry.event().phoneNumberId()),
                        columns.ints(entry -> entry.body().length),
                        columns.ints(EventPage.Entry::page),
                        columns.ints(EventPage.Entry::place),
                        val(oneAfterTheOther(packed), SQLDataType.BLOB),
                        Unnest.of(pages).texts(page -> String.join(" ", page.types())),
                        Unnest.of(packed).ints(bodies -> bodies.length),
                        val(except, SQLDataType.UUID),
                        val(leaseUpTo),
                        val(freeBytes.getAsLong()),
                        val(lease.toMillis()),
                        val(claim),
                        onConflict)
                .fetch()
                .stream()
                .filter(row -> row.get("claim") != null)
                .map(row -> leased(row, byId, claim, leaseEnd))
                .toList();
    }

    private static OwedCall leased(Record row, Map<UUID, EventPage.Entry> byId, UUID claim, long leaseEnd) {
        UUID eventId = row.get("event_id", UUID.class);
        EventPage.Entry entry = Objects.requireNonNull(byId.get(eventId));
        return new OwedCall(
                row.get("endpoint_id", UUID.class), eventId, entry.event().type(), entry.body(), 0, claim, leaseEnd);
    }

    private static byte[] oneAfterTheOther(List<byte[]> parts) {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.forEach(whole::writeBytes);
        return whole.toByteArray();
    }
}
