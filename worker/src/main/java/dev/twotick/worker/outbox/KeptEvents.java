package dev.twotick.worker.outbox;

import dev.twotick.db.Unnest;
import dev.twotick.worker.outbox.DeliveryLines.Line;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// The table `hook_page`, read and erased event by event.
public final class KeptEvents {
    private static final int FETCH = 20; // a page may be of one event of 3 MiB

    private static final String BETWEEN = """
            select raised_at, id, event_ids, types, type_of, account_ids, sizes, bodies from hook_page
            where raised_at >= {0} and raised_at < {1} order by raised_at, id
            """;

    private static final String FOR_UPDATE = """
            select raised_at, id, event_ids, types, type_of, account_ids, sizes, bodies from hook_page
            where raised_at = {0} and id = {1} for update
            """;

    private static final String ERASE = """
            update hook_page set event_ids = {2}, sizes = {3}, bodies = {4} where raised_at = {0} and id = {1}
            """;

    /// @param accountId null: about the installation
    public record KeptEvent(Key key, String type, @Nullable Long accountId, String body) {
        /// Which event it is, and on which page.
        public record Key(Instant raisedAt, long page, UUID id) {}

        /// Whether its body is a payload in Meta's form.
        public boolean isPayload() {
            return type.startsWith(MetaPart.PREFIX);
        }
    }

    /// Each of them, in the order in which they were raised. In a transaction the driver streams.
    ///
    /// @param from inclusive
    /// @param to exclusive
    public static void each(DSLContext tx, Instant from, Instant to, Consumer<KeptEvent> consumer) {
        try (Cursor<Record> pages = tx.resultQuery(
                        BETWEEN, DSL.val(from, SQLDataType.INSTANT), DSL.val(to, SQLDataType.INSTANT))
                .fetchSize(FETCH)
                .fetchLazy()) {
            for (Record page : pages) {
                events(page).forEach(consumer);
            }
        }
    }

    // found by their endpoint's key
    private static final String TAKE_BACK = "delete from hook_delivery d using hook_endpoint p"
            + " where d.endpoint_id = p.id and d.event_id = any ({0}) returning d.endpoint_id, d.line";

    // a receiver may have repeated what it was sent; of a batch, what went with it has a part of the same answer
    private static final String BLANK_ANSWERS_OF_BATCHES = """
            update hook_attempt t set answer = null
            where t.answer is not null and t.batch = any (array(
                select o.batch from unnest({0}, {1}) as e (raised_at, id)
                join hook_attempt o on o.event_at = e.raised_at and o.event_id = e.id
                where o.batch is not null))
            """;

    private static final String BLANK_ANSWERS = """
            update hook_attempt t set answer = null
            from unnest({0}, {1}) as e (raised_at, id)
            where t.event_at = e.raised_at and t.event_id = e.id and t.answer is not null
            """;

    /// Takes these out of their pages, where their places stay empty, takes back the calls that are owed for them, and
    /// forgets what was answered to those that were made. Those of which something is left have that for a body,
    /// and their calls stay owed.
    ///
    /// @param rests by its key, what is left of each body as it is once nobody else changes it: nothing, mostly
    public static void erase(DSLContext tx, Map<KeptEvent.Key, UnaryOperator<byte[]>> rests) {
        Map<UUID, UnaryOperator<byte[]>> byId = new HashMap<>();
        rests.forEach((event, rest) -> byId.put(event.id(), rest));
        Set<UUID> gone = new HashSet<>();
        rests.keySet().stream()
                .map(event -> new Place(event.raisedAt(), event.page()))
                .distinct()
                .forEach(page -> gone.addAll(erase(tx, page, byId)));
        Set<Line> lines = new HashSet<>();
        tx.fetch(TAKE_BACK, DSL.val(gone.toArray(UUID[]::new), SQLDataType.UUID.array()))
                .forEach(call -> {
                    if (call.get("line") != null) {
                        lines.add(new Line(call.get("endpoint_id", UUID.class), call.get("line", Long.class)));
                    }
                });
        DeliveryLines.moveUp(tx, lines);
        Unnest<KeptEvent.Key> theirs = Unnest.of(rests.keySet());
        for (String blank : List.of(BLANK_ANSWERS_OF_BATCHES, BLANK_ANSWERS)) {
            tx.execute(blank, theirs.times(KeptEvent.Key::raisedAt), theirs.uuids(KeptEvent.Key::id));
        }
    }

    private record Place(Instant raisedAt, long page) {}

    /// @return the events of which nothing is left
    private static Set<UUID> erase(DSLContext tx, Place place, Map<UUID, UnaryOperator<byte[]>> rests) {
        Record page = tx.fetchSingle(FOR_UPDATE, DSL.val(place.raisedAt(), SQLDataType.INSTANT), DSL.val(place.page()));
        UUID[] ids = page.get("event_ids", UUID[].class);
        Integer[] sizes = page.get("sizes", Integer[].class);
        List<byte[]> bodies = new ArrayList<>(PackedBodies.unpack(page.get("bodies", byte[].class), List.of(sizes)));
        Set<UUID> gone = new HashSet<>();
        for (int i = 0; i < ids.length; i++) {
            UnaryOperator<byte[]> restOf = ids[i] == null ? null : rests.get(ids[i]);
            if (restOf != null) {
                byte[] rest = restOf.apply(bodies.get(i));
                sizes[i] = rest.length;
                bodies.set(i, rest);
                if (rest.length == 0) {
                    gone.add(ids[i]);
                    ids[i] = null;
                }
            }
        }
        tx.execute(
                ERASE,
                DSL.val(place.raisedAt(), SQLDataType.INSTANT),
                DSL.val(place.page()),
                DSL.val(ids, SQLDataType.UUID.array()),
                DSL.val(sizes, SQLDataType.INTEGER.array()),
                DSL.val(PackedBodies.pack(List.of(bodies)).getFirst(), SQLDataType.BLOB));
        return gone;
    }

    private static Collection<KeptEvent> events(Record page) {
        return byPlace(page).values();
    }

    /// Those that are left, each at its place on the page, from 1.
    static SortedMap<Integer, KeptEvent> byPlace(Record page) {
        UUID[] ids = page.get("event_ids", UUID[].class);
        String[] types = page.get("types", String[].class);
        Integer[] typeOf = page.get("type_of", Integer[].class);
        Long[] accounts = page.get("account_ids", Long[].class);
        List<byte[]> bodies =
                PackedBodies.unpack(page.get("bodies", byte[].class), List.of(page.get("sizes", Integer[].class)));
        SortedMap<Integer, KeptEvent> events = new TreeMap<>();
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] != null) {
                events.put(
                        i + 1,
                        new KeptEvent(
                                new KeptEvent.Key(
                                        page.get("raised_at", Instant.class), page.get("id", Long.class), ids[i]),
                                types[typeOf[i] - 1],
                                accounts[i],
                                new String(bodies.get(i), StandardCharsets.UTF_8)));
            }
        }
        return events;
    }

    private KeptEvents() {}
}
