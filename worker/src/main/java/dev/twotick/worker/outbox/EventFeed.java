package dev.twotick.worker.outbox;

import dev.twotick.worker.outbox.KeptEvents.KeptEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/// The events in an order that holds: whoever goes on from where they were misses none, and sees none twice, whoever
/// writes meanwhile. See [EventHorizon].
public final class EventFeed {
    private static final int FETCH = 20; // a page may be of one event of 3 MiB
    private static final int MOST_PAGES = 2_000;
    private static final long MOST_BYTES = 4 * 1024 * 1024;

    // the condition stands outside, once and not for each day
    private static final String PAGES = """
            select p.raised_at, p.id, p.event_ids, p.types, p.type_of, p.account_ids, p.sizes,
                case when exists (select from unnest(p.types) as t (type) where {WANTS})
                    and (cardinality({4}) = 0 or p.account_ids && {4}) then p.bodies end as bodies
            from (select * from hook_page where id >= {0} and id <= {1} order by id limit {2}) p
            order by p.id
            """.replace("{WANTS}", Globs.wants("t.type", "{3}"));

    private static final String GONE = "select max(up_to) from hook_page_gone";

    private static final String GOES = """
            insert into hook_page_gone (up_to)
            select max(id) from hook_page where raised_at >= {0} and raised_at < {1} having max(id) is not null
            on conflict (one) do update set up_to = greatest(hook_page_gone.up_to, excluded.up_to)
            """;

    private final DSLContext db;

    public EventFeed(DSLContext db) {
        this.db = db;
    }

    /// @param globs types; payloads in Meta's own form are no events here
    /// @param accounts none: all
    public record Wanted(List<String> globs, Set<Long> accounts) {
        public static final Wanted ALL = new Wanted(List.of("*"), Set.of());

        public Wanted {
            globs = List.copyOf(globs);
            accounts = Set.copyOf(accounts);
            if (globs.isEmpty() || !globs.stream().allMatch(Globs::isGlob)) {
                throw new IllegalArgumentException(
                        "a type is lower-case words with dots, as message.received or message.*");
            }
            if (globs.stream().anyMatch(glob -> glob.startsWith(MetaPart.PREFIX))) {
                throw new IllegalArgumentException("payloads in Meta's own form are no events: see the payloads");
            }
        }

        private Predicate<KeptEvent> judge() {
            Predicate<String> types = Globs.wanted(globs);
            return event -> types.test(event.type())
                    && (accounts.isEmpty() || (event.accountId() != null && accounts.contains(event.accountId())));
        }
    }

    /// @param place having read it
    public record Told(EventPlace place, KeptEvent event) {}

    /// What there is after a place.
    public sealed interface Answer {
        /// @param next where the next question begins
        /// @param more it can be asked at once
        /// @param behind events that have been raised are not among them yet, and will be soon
        record Read(List<Told> events, EventPlace next, boolean more, boolean behind) implements Answer {
            public Read {
                events = List.copyOf(events);
            }
        }

        /// Events after that place have been dropped, or it is of another life of this database.
        ///
        /// @param oldest where those begin that are kept
        /// @param latest where those begin that are still to come
        record Gone(EventPlace oldest, EventPlace latest) implements Answer {}
    }

    /// Where those begin that are still to come.
    public EventPlace latest() {
        return EventPlace.afterPage(EventHorizon.of(db).settled());
    }

    /// @param after nothing: from the oldest that is kept
    /// @param limit of events; fewer come of large ones, and where few are wanted
    public Answer read(Optional<EventPlace> after, Wanted wanted, int limit) {
        EventPlace from = after.orElseGet(this::oldest);
        EventHorizon horizon = EventHorizon.of(db);
        Answer.Read read = from.page() > horizon.settled()
                ? new Answer.Read(List.of(), from, false, horizon.isBehind())
                : db.transactionResult(tx -> read(tx.dsl(), from, horizon, wanted, limit));
        Optional<Answer.Gone> gone = gone(from, horizon); // asked last: a day may have been dropped just now
        if (gone.isEmpty()) {
            return read;
        }
        return after.isPresent() ? gone.get() : read(after, wanted, limit);
    }

    /// @return that there is no going on from there
    public Optional<Answer.Gone> gone(EventPlace after) {
        return gone(after, EventHorizon.of(db));
    }

    private Optional<Answer.Gone> gone(EventPlace after, EventHorizon horizon) {
        EventPlace oldest = oldest();
        return after.page() < oldest.page() || after.page() > horizon.last() + 1
                ? Optional.of(new Answer.Gone(oldest, EventPlace.afterPage(horizon.settled())))
                : Optional.empty();
    }

    private EventPlace oldest() {
        Long gone = db.fetchSingle(GONE).get(0, Long.class);
        return EventPlace.afterPage(gone == null ? 0 : gone);
    }

    /// In a transaction the driver streams.
    private static Answer.Read read(DSLContext tx, EventPlace from, EventHorizon horizon, Wanted wanted, int limit) {
        List<Told> events = new ArrayList<>();
        long bytes = 0;
        long pages = 0;
        EventPlace next = from;
        Predicate<KeptEvent> judge = wanted.judge();
        try (Cursor<Record> rows = tx.resultQuery(
                        PAGES,
                        DSL.val(from.page()),
                        DSL.val(horizon.settled()),
                        DSL.val(MOST_PAGES),
                        DSL.val(wanted.globs().toArray(String[]::new), SQLDataType.VARCHAR.array()),
                        DSL.val(wanted.accounts().toArray(Long[]::new), SQLDataType.BIGINT.array()))
                .fetchSize(FETCH)
                .fetchLazy()) {
            for (Record row : rows) {
                long page = row.get("id", Long.class);
                for (Told told : told(row, page == from.page() ? from.read() : 0, judge)) {
                    if (events.size() == limit || bytes > MOST_BYTES) {
                        return new Answer.Read(events, next, true, horizon.isBehind());
                    }
                    events.add(told);
                    bytes += told.event().body().length();
                    next = told.place();
                }
                next = EventPlace.afterPage(page);
                pages++;
            }
        }
        if (pages == MOST_PAGES) {
            return new Answer.Read(events, next, true, horizon.isBehind());
        }
        EventPlace settled = EventPlace.afterPage(horizon.settled());
        return new Answer.Read(events, settled.compareTo(next) > 0 ? settled : next, false, horizon.isBehind());
    }

    private static Collection<Told> told(Record page, int read, Predicate<KeptEvent> wanted) {
        if (page.get("bodies") == null) {
            return List.of();
        }
        long id = page.get("id", Long.class);
        return KeptEvents.byPlace(page).tailMap(read + 1).entrySet().stream()
                .filter(event -> wanted.test(event.getValue()))
                .map(event -> new Told(new EventPlace(id, event.getKey()), event.getValue()))
                .toList();
    }

    /// Call before a day's events are dropped: whoever has not read them is told so.
    ///
    /// @param from inclusive
    /// @param to exclusive
    public static void goes(DSLContext db, Instant from, Instant to) {
        db.execute(GOES, DSL.val(from, SQLDataType.INSTANT), DSL.val(to, SQLDataType.INSTANT));
    }
}
