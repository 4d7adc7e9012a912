package dev.twotick.worker.outbox;

import dev.twotick.db.RowStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;

/// Writes hook events and the calls owed for them, in the transaction of the fact that owes them.
public final class Outbox {

    /// Whether endpoints of the format `meta` want payloads (`p`) or items (`i`), in SQL.
    public static final String META_WANTED =
            "(select string_agg(distinct case when one_item then 'i' else 'p' end, '') from hook_endpoint"
                    + " where format = 'meta')";

    // mark: before a page has a number. input: each event, and which page it is on. kept: all of them, whether or not
    // anyone wants them. wanted: endpoint × type, so that globs are matched once a type. lined: of ordered endpoints,
    // what is told about one conversation. The first of it goes at once if none is before it; who is put off puts off
    // those behind. The lease runs from the clock, not from the transaction's start, as OwedCall.leaseEnd does.
    private static final String ENQUEUE = """
            with {ALSO} mark as materialized ({MARK}),
            input as materialized (
                select * from unnest(
                    ?::uuid[], ?::text[], ?::int[], ?::bigint[], ?::text[], ?::int[], ?::int[], ?::int[], ?::bigint[])
                    with ordinality as t (id, type, type_of, account_id, phone_number_id, size, page, place, line, nth)),
            page as materialized (
                select nextval('hook_page_id') as id, string_to_array(types, ' ') as types, bodies,
                    string_to_array(apps, chr(31), '') as apps, nth
                from mark, unnest(?::text[], ?::bytea[], ?::text[]) with ordinality as t (types, bodies, apps, nth)),
            kept as (
                insert into hook_page (id, event_ids, types, type_of, account_ids, sizes, bodies, apps)
                select p.id, e.ids, p.types, e.type_of, e.account_ids, e.sizes, p.bodies, p.apps
                from page p join (
                    select page, array_agg(id order by place) as ids,
                        array_agg(type_of::smallint order by place) as type_of,
                        array_agg(account_id order by place) as account_ids, array_agg(size order by place) as sizes
                    from input group by page) e on e.page = p.nth),
            wanted as materialized (
                select p.id as endpoint_id, p.accounts, p.ordered, t.type,
                    p.paused_until is null and not p.paused and p.rate is null as open
                from hook_endpoint p cross join (select distinct type from input) t
                where p.active and p.id is distinct from ?::uuid and {WANTS}),
            lined as materialized (
                select w.endpoint_id, i.line, min(i.nth) as first, {FIRST_IN_LINE} as due
                from wanted w join input i on i.type = w.type
                where w.ordered and i.line is not null and (w.accounts is null or i.phone_number_id = any (w.accounts))
                group by w.endpoint_id, i.line),
            called as (
                select w.endpoint_id, i.id as event_id, p.id as page, i.place, i.size, i.nth, l.line, l.due,
                    w.open and (l.line is null or l.first = i.nth and l.due is null) as open
                from input i join page p on p.nth = i.page join wanted w on w.type = i.type
                left join lined l on w.ordered and l.endpoint_id = w.endpoint_id and l.line = i.line
                where w.accounts is null or i.phone_number_id = any (w.accounts)),
            owed as (
                select *, open and row_number() over turn <= ?::int and sum(size) over turn <= ?::bigint as leased
                from called
                window turn as (partition by open order by nth rows unbounded preceding))
            insert into hook_delivery (endpoint_id, event_id, event_at, page, place, size, line, next_attempt_at, claim)
            select endpoint_id, event_id, now(), page, place, size, line,
                case when leased then clock_timestamp() + ?::bigint * interval '1 millisecond'
                    else greatest(now(), due) end,
                case when leased then ?::uuid end
            from owed
            {ON_CONFLICT}
            returning endpoint_id, event_id, claim is not null, line
            """.replace("{MARK}", EventHorizon.MARK)
            .replace("{WANTS}", Globs.wants("t.type", "p.events"))
            .replace("{FIRST_IN_LINE}", DeliveryLines.firstDue("w.endpoint_id", "i.line"));

    private static final String UNLESS_OWED =
            ENQUEUE.replace("{ALSO}", "").replace("{ON_CONFLICT}", "on conflict (endpoint_id, event_id) do nothing");

    private static final String ALL_NEW = ENQUEUE.replace("{ON_CONFLICT}", "");

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
    ///     after the commit without a claim; the rest, and those of an endpoint that is paused or has a rate, are
    ///     due at once for whoever claims them
    public List<OwedCall> enqueue(DSLContext tx, List<HookEvent> events, int leaseUpTo) {
        return events.isEmpty() ? List.of() : enqueue(tx, events, leaseUpTo, null);
    }

    /// @param except an endpoint that is not told, because the events are about it
    List<OwedCall> enqueue(DSLContext tx, List<HookEvent> events, int leaseUpTo, @Nullable UUID except) {
        List<EventPage> pages = EventPage.of(events);
        return write(tx, RowStatement.of(UNLESS_OWED, entries(pages)), pages, leaseUpTo, except);
    }

    /// As [#enqueue], of events that nobody has raised before: if one is owed already, SQLSTATE 23505. It is the
    /// transaction's last statement, and commits it: the calls wait for no trip of the commit's own.
    ///
    /// @param also an `insert` that the same statement makes
    public List<OwedCall> enqueueLast(DSLContext tx, RowStatement<?> also, List<HookEvent> events, int leaseUpTo) {
        List<EventPage> pages = EventPage.of(events);
        String text = ALL_NEW.replace("{ALSO}", "also as (" + also.sql() + "),");
        RowStatement<EventPage.Entry> enqueue =
                RowStatement.of(text, entries(pages)).andCommit();
        return write(tx, enqueue.with(also), pages, leaseUpTo, null);
    }

    private static List<EventPage.Entry> entries(List<EventPage> pages) {
        return pages.stream().flatMap(page -> page.entries().stream()).toList();
    }

    private List<OwedCall> write(
            DSLContext tx,
            RowStatement<EventPage.Entry> enqueue,
            List<EventPage> pages,
            int leaseUpTo,
            @Nullable UUID except) {
        UUID claim = UUID.randomUUID();
        long leaseEnd = System.nanoTime() + lease.toNanos();
        Map<UUID, EventPage.Entry> byId = new HashMap<>();
        entries(pages).forEach(entry -> byId.put(entry.id(), entry));
        return enqueue
                .uuids(EventPage.Entry::id)
                .texts(entry -> entry.event().type())
                .ints(EventPage.Entry::typeOf)
                .longs(entry -> entry.event().accountId())
                .texts(entry -> entry.event().phoneNumberId())
                .ints(entry -> entry.body().length)
                .ints(EventPage.Entry::page)
                .ints(EventPage.Entry::place)
                .longs(entry -> entry.event().line())
                .with(pages(pages))
                .value(except)
                .value(leaseUpTo)
                .value(freeBytes.getAsLong())
                .value(lease.toMillis())
                .value(claim)
                .fetch(
                        tx,
                        row -> new Owed(
                                row.getObject(1, UUID.class),
                                row.getObject(2, UUID.class),
                                row.getBoolean(3),
                                RowStatement.longOrNull(row, 4)))
                .stream()
                .filter(Owed::leased)
                .map(owed -> leased(owed, byId, claim, leaseEnd))
                .toList();
    }

    private record Packed(EventPage page, byte[] bodies) {}

    private static RowStatement<Packed> pages(List<EventPage> pages) {
        List<byte[]> bodies =
                PackedBodies.pack(pages.stream().map(EventPage::bodies).toList());
        List<Packed> packed = new ArrayList<>();
        for (int i = 0; i < pages.size(); i++) {
            packed.add(new Packed(pages.get(i), bodies.get(i)));
        }
        return RowStatement.part(packed)
                .texts(page -> String.join(" ", page.page().types()))
                .bytes(Packed::bodies)
                .texts(page -> page.page().apps());
    }

    private record Owed(
            UUID endpoint,
            UUID event,
            boolean leased,
            @Nullable Long line) {}

    private static OwedCall leased(Owed owed, Map<UUID, EventPage.Entry> byId, UUID claim, long leaseEnd) {
        EventPage.Entry entry = Objects.requireNonNull(byId.get(owed.event()));
        HookEvent event = entry.event();
        return new OwedCall(
                owed.endpoint(),
                owed.event(),
                event.type(),
                entry.body(),
                event.app(),
                owed.line(),
                0,
                false,
                claim,
                leaseEnd);
    }
}
