package dev.twotick.worker.outbox;

import dev.twotick.db.Unnest;
import dev.twotick.worker.outbox.KeptEvents.KeptEvent;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/// Events and what became of their calls, for people to read. What is owed or dead stands in `hook_delivery`, what was
/// tried in `hook_attempt`.
public final class CallRecords {
    private static final String ATTEMPTS = """
            select t.endpoint_id, coalesce(p.name, '(removed)') as endpoint, t.event_id, t.attempt, t.started_at,
                t.duration_ms, t.outcome, t.status_code, t.error, t.batch,
                t.error_class, t.dns_ms, t.connect_ms, t.tls_ms, t.first_byte_ms, host(t.remote_address) as address, t.answer
            from unnest({0}, {1}) n (id, at)
            join hook_attempt t on t.event_at = n.at and t.event_id = n.id
                and t.day >= (n.at at time zone 'UTC')::date
            left join hook_endpoint p on p.id = t.endpoint_id
            order by t.id
            """;

    private static final String OPEN = """
            select d.endpoint_id, p.name as endpoint, d.event_id, d.next_attempt_at, d.parked_at, d.last_error
            from hook_endpoint p join hook_delivery d on d.endpoint_id = p.id
            where d.event_id = any ({0})
            """;

    private final DSLContext db;

    public CallRecords(DSLContext db) {
        this.db = db;
    }

    /// A row of `hook_attempt`.
    ///
    /// @param number from 1
    /// @param outcome what became of the call: `delivered`, `retry`, `parked`, `dead`
    /// @param batch the `webhook-id` of a call that may have carried other events too; null: the event's own
    /// @param trace how it went
    public record Attempt(
            int number,
            Instant startedAt,
            int durationMs,
            String outcome,
            @Nullable Integer statusCode,
            @Nullable String error,
            @Nullable UUID batch,
            CallTrace trace) {}

    /// One event's call to one endpoint.
    ///
    /// @param state `delivered`, `waiting`, `parked` or `dead`
    /// @param next when it is made; null: not any more
    public record Call(
            UUID endpointId,
            String endpoint,
            String state,
            @Nullable Instant next,
            @Nullable String lastError,
            List<Attempt> attempts) {
        public Call {
            attempts = List.copyOf(attempts);
        }
    }

    /// @param calls by endpoint; none: nobody wanted it
    public record Raised(KeptEvent event, List<Call> calls) {
        public Raised {
            calls = List.copyOf(calls);
        }
    }

    /// What the payload raised in the transactions that committed its outcomes, in the order in which it was raised.
    ///
    /// @param outcomes when its outcomes were committed: that is when its events were
    /// @param isForm whether a body in Meta's form, which names no payload of ours, can be made of this one
    public List<Raised> ofPayload(UUID payload, Collection<Instant> outcomes, Predicate<String> isForm) {
        String named = "\"payload_id\":\"" + payload + "\"";
        List<KeptEvent> events = new ArrayList<>();
        db.transaction(transaction -> outcomes.stream()
                .distinct()
                .sorted()
                .forEach(at -> KeptEvents.each(transaction.dsl(), at, at.plus(1, ChronoUnit.MICROS), event -> {
                    if (event.isPayload()
                            ? isForm.test(event.body())
                            : event.body().contains(named)) {
                        events.add(event);
                    }
                })));
        return withCalls(events);
    }

    /// One event, by the time at which it was raised.
    public Optional<Raised> event(UUID id, Instant raisedAt) {
        List<KeptEvent> events = new ArrayList<>();
        db.transaction(transaction ->
                KeptEvents.each(transaction.dsl(), raisedAt, raisedAt.plus(1, ChronoUnit.MICROS), event -> {
                    if (event.key().id().equals(id)) {
                        events.add(event);
                    }
                }));
        return withCalls(events).stream().findFirst();
    }

    /// When an event was raised, as far as [RaisedAt] knows.
    public Optional<Instant> raisedAt(UUID id) {
        return RaisedAt.of(db, List.of(id)).map(RaisedAt::last);
    }

    private List<Raised> withCalls(List<KeptEvent> events) {
        if (events.isEmpty()) {
            return List.of();
        }
        Map<UUID, Map<UUID, Calls>> byEvent = new LinkedHashMap<>();
        Unnest<KeptEvent> n = Unnest.of(events);
        db.resultQuery(
                        ATTEMPTS,
                        n.uuids(event -> event.key().id()),
                        n.times(event -> event.key().raisedAt()))
                .forEach(row -> of(byEvent, row).attempts.add(attempt(row)));
        db.resultQuery(OPEN, n.uuids(event -> event.key().id())).forEach(row -> of(byEvent, row).open = row);
        return events.stream()
                .map(event -> new Raised(
                        event,
                        byEvent.getOrDefault(event.key().id(), Map.of()).values().stream()
                                .map(Calls::call)
                                .toList()))
                .toList();
    }

    /// What is known of one call.
    private static final class Calls {
        private final UUID endpointId;
        private final String endpoint;
        private final List<Attempt> attempts = new ArrayList<>();
        private @Nullable Record open;

        Calls(UUID endpointId, String endpoint) {
            this.endpointId = endpointId;
            this.endpoint = endpoint;
        }

        Call call() {
            Record row = open;
            if (row != null) {
                Instant next = row.get("next_attempt_at", Instant.class);
                return new Call(
                        endpointId,
                        endpoint,
                        next != null ? "waiting" : row.get("parked_at") != null ? "parked" : "dead",
                        next,
                        row.get("last_error", String.class),
                        attempts);
            }
            Attempt last = attempts.getLast();
            return new Call(
                    endpointId,
                    endpoint,
                    last.outcome().equals("delivered") ? "delivered" : "dead",
                    null,
                    last.error(),
                    attempts);
        }
    }

    private static Calls of(Map<UUID, Map<UUID, Calls>> byEvent, Record row) {
        UUID endpoint = row.get("endpoint_id", UUID.class);
        return byEvent.computeIfAbsent(row.get("event_id", UUID.class), _ -> new LinkedHashMap<>())
                .computeIfAbsent(endpoint, id -> new Calls(id, row.get("endpoint", String.class)));
    }

    static Attempt attempt(Record row) {
        return new Attempt(
                row.get("attempt", Integer.class),
                row.get("started_at", Instant.class),
                row.get("duration_ms", Integer.class),
                row.get("outcome", String.class),
                row.get("status_code", Integer.class),
                row.get("error", String.class),
                row.get("batch", UUID.class),
                CallTrace.of(row));
    }
}
