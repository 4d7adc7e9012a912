package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// Owes hook calls again, under their events' own ids: the running workers make them. In chunks, and never more of
/// them waiting at an endpoint than `outstanding`, so that live calls do not queue up behind a million old ones.
public final class Resend {
    private static final String CANCELED = "57014"; // among others by the timeout of its own connection

    // The calls of one chunk of events, in the order in which they were raised, and where the chunk ends; of an event
    // that was raised twice, the later. An endpoint is asked only for what it wants. FAILED: it is dead, or the last
    // attempt at it was not delivered. MISSED: it was never tried, and is not owed.
    private static final String CHUNK = """
            with endpoint as (
                select id, events, accounts from hook_endpoint where id = {0}),
            chunk as materialized (
                select p.raised_at, p.id as page, e.place, e.id, p.types[e.type_of] as type, e.account_id, e.size
                from hook_page p
                cross join unnest(p.event_ids, p.type_of, p.account_ids, p.sizes)
                    with ordinality as e (id, type_of, account_id, size, place)
                where p.raised_at >= {1} and p.raised_at < {4} and (p.raised_at, p.id) >= ({1}, {2})
                    and ((p.raised_at, p.id) > ({1}, {2}) or e.place > {3}) and e.id is not null
                    and (cardinality({9}) = 0 or p.event_ids && {9} and e.id = any ({9}))
                order by p.raised_at, p.id, e.place limit {5}),
            chosen as (
                select c.raised_at, c.page, c.place, c.id, c.size from chunk c, endpoint p
                where %s and %s
                    and not exists (select from chunk l
                        where l.id = c.id and (l.raised_at, l.page) > (c.raised_at, c.page))
                    and (cardinality({10}) = 0
                        or exists (select from account a where a.id = c.account_id and a.phone_number_id = any ({10})))
                    and (p.accounts is null
                        or exists (select from account a
                            where a.id = c.account_id and a.phone_number_id = any (p.accounts)))
                    and ({7} <> 'FAILED'
                        or exists (select from hook_delivery d
                            where d.endpoint_id = p.id and d.event_id = c.id and d.next_attempt_at is null)
                        or (select t.outcome from hook_attempt t
                            where t.event_id = c.id and t.event_at = c.raised_at and t.endpoint_id = p.id
                                and t.day >= (c.raised_at at time zone 'UTC')::date
                            order by t.id desc limit 1) <> 'delivered')
                    and ({7} <> 'MISSED'
                        or not exists (select from hook_delivery d
                            where d.endpoint_id = p.id and d.event_id = c.id)
                        and not exists (select from hook_attempt t
                            where t.event_id = c.id and t.event_at = c.raised_at and t.endpoint_id = p.id
                                and t.day >= (c.raised_at at time zone 'UTC')::date))),
            owed as (
                insert into hook_delivery as d (endpoint_id, event_id, event_at, page, place, size, next_attempt_at)
                select {0}, id, raised_at, page, place, size, now() from chosen where not {8}
                on conflict (endpoint_id, event_id) do update set next_attempt_at = now(), attempt = 0, claim = null,
                        event_at = excluded.event_at, page = excluded.page, place = excluded.place,
                        size = excluded.size
                    where d.claim is null or d.next_attempt_at is null or {DUE}
                returning 1)
            select (select count(*) from chunk) as events, (select count(*) from chosen) as calls,
                (select count(*) from owed) as owed, last.raised_at, last.page, last.place
            from (select 1) one left join
                (select * from chunk order by raised_at desc, page desc, place desc limit 1) last on true
            """.formatted(
                    Globs.matchesAny("c.type", "p.events"), Globs.matchesAny("c.type", "array[{6}::text]"))
            .replace("{DUE}", HookDeliveries.DUE);

    // When these events were raised, as far as they were ever tried or are owed: what nobody wanted, nobody knows.
    private static final String RAISED = """
            select min(event_at) as first, max(event_at) as last, count(distinct event_id) as found
            from (
                select event_id, event_at from hook_attempt where event_id = any ({0})
                union all
                select event_id, event_at from hook_delivery where event_id = any ({0})) known
            """;

    /// What became of an event at an endpoint.
    public enum Only {
        ALL,
        /// It is dead, or its last attempt was not delivered.
        FAILED,
        /// It was never tried and is not owed, as what was raised while the endpoint was disabled.
        MISSED
    }

    /// Which events, and to whom.
    ///
    /// @param endpoint its name or id; none: every active endpoint
    /// @param type a glob
    /// @param since when the event was raised, inclusive
    /// @param until exclusive
    /// @param ids of these events alone; empty: of all
    /// @param accounts of these `phone_number_id`s alone; empty: of all
    /// @param only of these, which
    /// @param dryRun count only
    public record Selection(
            Optional<String> endpoint,
            String type,
            Optional<Instant> since,
            Optional<Instant> until,
            Set<UUID> ids,
            Set<String> accounts,
            Only only,
            boolean dryRun) {
        public Selection {
            ids = Set.copyOf(ids);
            accounts = Set.copyOf(accounts);
            if (!Globs.isGlob(type)) {
                throw new IllegalArgumentException("--type is an event type or a glob such as message.*, not " + type);
            }
        }

        /// @param last inclusive
        Selection within(Instant first, Instant last) {
            Instant end = last.plus(1, ChronoUnit.MICROS);
            return new Selection(
                    endpoint,
                    type,
                    Optional.of(since.filter(first::isBefore).orElse(first)),
                    Optional.of(until.filter(end::isAfter).orElse(end)),
                    ids,
                    accounts,
                    only,
                    dryRun);
        }
    }

    /// How far it is.
    ///
    /// @param events looked at, over all endpoints
    /// @param calls of these, the ones chosen
    /// @param owed of these, the ones owed again; the others are being made at this moment
    /// @param stalled endpoints that were left because they took none for too long
    public record Counts(long events, long calls, long owed, List<String> stalled) {
        static final Counts NONE = new Counts(0, 0, 0, List.of());
    }

    /// Hears of progress after each chunk.
    @FunctionalInterface
    public interface Progress {
        void at(Counts soFar);
    }

    private final DSLContext db;
    private final int chunk;
    private final int outstanding;
    private final Duration patience;

    public Resend(DSLContext db) {
        this(db, 1_000, 2_000, Duration.ofMinutes(5));
    }

    /// @param chunk events looked at by one statement
    /// @param outstanding calls that may be due at an endpoint while more are added
    /// @param patience with an endpoint of which none is taken, before it is left
    Resend(DSLContext db, int chunk, int outstanding, Duration patience) {
        this.db = db;
        this.chunk = chunk;
        this.outstanding = outstanding;
        this.patience = patience;
    }

    /// Goes through all of it, however much it is; while PostgreSQL is away it waits and goes on where it was.
    ///
    /// @throws IllegalArgumentException when there is no such active endpoint
    /// @throws InterruptedException when interrupted: what is owed by then stays owed; it may run again
    public Counts run(Selection selection, Progress progress) throws InterruptedException {
        List<Target> targets = targets(selection.endpoint());
        Selection narrowed = narrowed(selection);
        Instant until = narrowed.until().orElseGet(this::databaseTime);
        Counts counts = Counts.NONE;
        for (Target target : targets) {
            counts = run(target, narrowed, until, counts, progress);
        }
        return counts;
    }

    private record Target(UUID id, String name) {}

    /// The event that was looked at last.
    private record Position(Instant raisedAt, long page, int place) {
        static Position before(Instant since) {
            return new Position(since, 0, 0);
        }
    }

    private Counts run(Target target, Selection selection, Instant until, Counts before, Progress progress)
            throws InterruptedException {
        Counts counts = before;
        Position after = Position.before(selection.since().orElse(Instant.EPOCH));
        while (true) {
            if (!selection.dryRun() && !roomAt(target)) {
                return stalled(counts, target);
            }
            Record row = chunk(target, selection, after, until);
            Instant last = row.get("raised_at", Instant.class);
            if (last == null) {
                return counts;
            }
            after = new Position(last, row.get("page", Long.class), row.get("place", Integer.class));
            counts = new Counts(
                    counts.events() + row.get("events", Long.class),
                    counts.calls() + row.get("calls", Long.class),
                    counts.owed() + row.get("owed", Long.class),
                    counts.stalled());
            progress.at(counts);
        }
    }

    private Record chunk(Target target, Selection selection, Position after, Instant until)
            throws InterruptedException {
        return patiently(() -> db.transactionResult(configuration -> configuration
                .dsl()
                .fetchSingle(
                        CHUNK,
                        val(target.id()),
                        val(after.raisedAt(), SQLDataType.INSTANT),
                        val(after.page()),
                        val(after.place()),
                        val(until, SQLDataType.INSTANT),
                        val(chunk),
                        val(selection.type()),
                        val(selection.only().name()),
                        val(selection.dryRun()),
                        val(selection.ids().toArray(UUID[]::new)),
                        val(selection.accounts().toArray(String[]::new)))));
    }

    /// When events of given ids were raised is looked up, if it can be: else all that are kept are looked through.
    private Selection narrowed(Selection selection) throws InterruptedException {
        if (selection.ids().isEmpty()) {
            return selection;
        }
        Record known =
                patiently(() -> db.fetchSingle(RAISED, val(selection.ids().toArray(UUID[]::new))));
        return known.get("found", Integer.class) < selection.ids().size()
                ? selection
                : selection.within(known.get("first", Instant.class), known.get("last", Instant.class));
    }

    /// @return false when there is still no room after all patience
    private boolean roomAt(Target target) throws InterruptedException {
        int before = Integer.MAX_VALUE;
        long movedAt = System.nanoTime();
        while (true) {
            int due = patiently(() -> db.fetchSingle(
                            "select count(*) from (select from hook_delivery"
                                    + " where endpoint_id = {0} and next_attempt_at <= now() limit {1}) due",
                            val(target.id()), val(outstanding + chunk))
                    .get(0, Integer.class));
            if (due < outstanding) {
                return true;
            }
            if (due < before) {
                before = due;
                movedAt = System.nanoTime();
            } else if (System.nanoTime() - movedAt > patience.toNanos()) {
                return false;
            }
            Thread.sleep(100);
        }
    }

    private static Counts stalled(Counts counts, Target target) {
        List<String> stalled = new ArrayList<>(counts.stalled());
        stalled.add(target.name());
        return new Counts(counts.events(), counts.calls(), counts.owed(), List.copyOf(stalled));
    }

    private List<Target> targets(Optional<String> wanted) {
        List<Target> targets = db.resultQuery(
                        "select id, name from hook_endpoint"
                                + " where active and ({0} is null or name = {0} or id::text = lower({0})) order by name",
                        val(wanted.orElse(null), SQLDataType.CLOB))
                .fetch(row -> new Target(row.get("id", UUID.class), row.get("name", String.class)));
        if (targets.isEmpty()) {
            throw new IllegalArgumentException(
                    wanted.map(name -> "no active endpoint is called " + name).orElse("there is no active endpoint")
                            + "; see: select name, active, disabled_reason from hook_endpoint");
        }
        return targets;
    }

    private Instant databaseTime() {
        return db.fetchSingle("select now()").get(0, Instant.class);
    }

    private interface Query<T> {
        T ask();
    }

    /// No connection to be had, class 08 (connection lost), 40 (somebody was faster), 53 (out of something), 57
    /// (server going down): asked again until it answers. Not 57014: a statement that took too long would again.
    private static <T> T patiently(Query<T> query) throws InterruptedException {
        while (true) {
            try {
                return query.ask();
            } catch (DataAccessException e) {
                if (!isPassing(e)) {
                    throw e;
                }
                Thread.sleep(1_000);
            }
        }
    }

    private static boolean isPassing(DataAccessException e) {
        @Nullable String state = e.sqlState();
        return e.getCause(SQLTransientConnectionException.class) != null
                || (state != null
                        && !state.equals(CANCELED)
                        && List.of("08", "40", "53", "57").contains(state.substring(0, Math.min(2, state.length()))));
    }
}
