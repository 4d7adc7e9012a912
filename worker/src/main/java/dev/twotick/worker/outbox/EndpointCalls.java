package dev.twotick.worker.outbox;

import static org.jooq.impl.DSL.val;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

/// An endpoint's calls as people page through them: those that wait, and what was tried, the
/// newest event first. A page reads so many rows and no more.
public final class EndpointCalls {
    private static final int MOST_LOOKED_AT = 10_000;

    private static final String WAITING = """
            select event_id, event_at, attempt, next_attempt_at, last_error from hook_delivery
            where endpoint_id = {0} and next_attempt_at is not null order by next_attempt_at, event_id limit {1}
            """;

    // in the order of the index that attempts are found by; events of one transaction are of one time
    private static final String TRIED = """
            select * from (
                select id, endpoint_id, event_id, event_at, attempt, started_at, duration_ms, outcome, status_code,
                    error, error_class, batch, dns_ms, connect_ms, tls_ms, first_byte_ms, host(remote_address) as address, answer
                from hook_attempt where (event_at, event_id, id) < ({1}, {2}, {3})
                order by event_at desc, event_id desc, id desc limit {4}) looked_at
            where endpoint_id = {0} and ({5} = '' or outcome = {5})
            order by event_at desc, event_id desc, id desc limit {6}
            """;

    private static final String LAST_LOOKED_AT = """
            select event_at, event_id, id from hook_attempt where (event_at, event_id, id) < ({0}, {1}, {2})
            order by event_at desc, event_id desc, id desc limit 1 offset {3}
            """;

    private final DSLContext db;

    public EndpointCalls(DSLContext db) {
        this.db = db;
    }

    /// @param attempts made so far
    /// @param next when the next one is due
    public record Open(
            UUID eventId,
            Instant eventAt,
            int attempts,
            Instant next,
            @Nullable String lastError) {}

    public record Tried(UUID eventId, Instant eventAt, CallRecords.Attempt attempt) {}

    /// Where in the order of attempts a page goes on.
    public record Place(Instant eventAt, UUID eventId, long attemptId) {
        /// Before which all lie.
        public static final Place END =
                new Place(Instant.parse("9999-12-31T00:00:00Z"), new UUID(-1, -1), Long.MAX_VALUE);

        /// Of [#toString].
        ///
        /// @throws IllegalArgumentException when it is none
        public static Place parse(String text) {
            String[] parts = text.split("~", -1);
            if (parts.length != 3) {
                throw new IllegalArgumentException("not a place in the list of attempts");
            }
            try {
                return new Place(Instant.parse(parts[0]), UUID.fromString(parts[1]), Long.parseLong(parts[2]));
            } catch (DateTimeException e) {
                throw new IllegalArgumentException("not a place in the list of attempts", e);
            }
        }

        static Place of(Record row) {
            return new Place(
                    row.get("event_at", Instant.class), row.get("event_id", UUID.class), row.get("id", Long.class));
        }

        @Override
        public String toString() {
            return eventAt + "~" + eventId + "~" + attemptId;
        }
    }

    /// @param older where the next page goes on; nothing: there are no more
    public record Page(List<Tried> tried, Optional<Place> older) {
        public Page {
            tried = List.copyOf(tried);
        }
    }

    /// The next ones that are due.
    public List<Open> waiting(UUID endpoint, int limit) {
        return db.resultQuery(WAITING, val(endpoint), val(limit)).fetch(EndpointCalls::open);
    }

    private static Open open(Record row) {
        return new Open(
                row.get("event_id", UUID.class),
                row.get("event_at", Instant.class),
                row.get("attempt", Integer.class),
                row.get("next_attempt_at", Instant.class),
                row.get("last_error", String.class));
    }

    /// @param outcome delivered, retry, parked or dead; empty: any
    public Page tried(UUID endpoint, String outcome, Place before, int limit) {
        Field<Instant> at = val(before.eventAt(), SQLDataType.INSTANT);
        Result<Record> rows = db.resultQuery(
                        TRIED,
                        val(endpoint),
                        at,
                        val(before.eventId()),
                        val(before.attemptId()),
                        val(MOST_LOOKED_AT),
                        val(outcome),
                        val(limit))
                .fetch();
        Optional<Place> older = rows.size() == limit
                ? Optional.of(Place.of(rows.getLast()))
                : db.resultQuery(
                                LAST_LOOKED_AT,
                                at,
                                val(before.eventId()),
                                val(before.attemptId()),
                                val(MOST_LOOKED_AT - 1))
                        .fetchOptional(Place::of);
        return new Page(rows.map(EndpointCalls::tried), older);
    }

    private static Tried tried(Record row) {
        return new Tried(row.get("event_id", UUID.class), row.get("event_at", Instant.class), CallRecords.attempt(row));
    }
}
