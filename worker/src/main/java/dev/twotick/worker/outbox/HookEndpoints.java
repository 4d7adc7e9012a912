package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_DELIVERY;
import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.exists;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.selectOne;
import static org.jooq.impl.DSL.val;
import static org.jooq.impl.DSL.when;

import dev.twotick.worker.outbox.Endpoint.Circuit;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Health;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Tally;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The table `hook_endpoint`: who is called, and how each has been doing.
final class HookEndpoints {
    private static final Logger log = LoggerFactory.getLogger(HookEndpoints.class);
    private static final Field<Instant> NOW = field("now()", SQLDataType.INSTANT);

    private final Optional<SecretBox> box;
    private final Set<UUID> unusable = new HashSet<>();

    HookEndpoints(Optional<SecretBox> box) {
        this.box = box;
    }

    /// The active endpoints. One whose secret does not open is left out, and named in the log once.
    synchronized List<Endpoint> active(DSLContext db) {
        List<Endpoint> endpoints = new ArrayList<>();
        db.select(HOOK_ENDPOINT.ID, HOOK_ENDPOINT.NAME, HOOK_ENDPOINT.URL, HOOK_ENDPOINT.SECRET)
                .select(HOOK_ENDPOINT.PREVIOUS_SECRET, CIRCUIT)
                .from(HOOK_ENDPOINT)
                .where(HOOK_ENDPOINT.ACTIVE.isTrue())
                .forEach(row -> {
                    try {
                        endpoints.add(endpoint(row));
                        unusable.remove(row.get(HOOK_ENDPOINT.ID));
                    } catch (IllegalArgumentException e) {
                        if (unusable.add(row.get(HOOK_ENDPOINT.ID))) {
                            log.error(
                                    "hook endpoint cannot be called endpoint={} reason=\"{}\"; correct its row or the key",
                                    row.get(HOOK_ENDPOINT.NAME),
                                    e.getMessage());
                        }
                    }
                });
        return endpoints;
    }

    private static final Field<String> CIRCUIT = when(
                    HOOK_ENDPOINT.PAUSED_UNTIL.isNull(), inline(Circuit.CLOSED.name()))
            .when(HOOK_ENDPOINT.PAUSED_UNTIL.gt(NOW), inline(Circuit.PAUSED.name()))
            .otherwise(inline(Circuit.PROBE_DUE.name()));

    /// The row's, opened.
    ///
    /// @throws IllegalArgumentException when they do not open
    static List<HookSecret> secrets(Record row, Optional<SecretBox> box) {
        SecretBox key = box.orElseThrow(() -> new IllegalArgumentException("TWOTICK_ENCRYPTION_KEY is not set"));
        return Stream.of(row.get(HOOK_ENDPOINT.SECRET), row.get(HOOK_ENDPOINT.PREVIOUS_SECRET))
                .filter(Objects::nonNull)
                .map(key::open)
                .toList();
    }

    private Endpoint endpoint(Record row) {
        return new Endpoint(
                row.get(HOOK_ENDPOINT.ID),
                row.get(HOOK_ENDPOINT.NAME),
                HookUrl.parse(row.get(HOOK_ENDPOINT.URL)),
                secrets(row, box),
                Circuit.valueOf(row.get(CIRCUIT)));
    }

    /// Takes the one probe of each endpoint whose pause is over and that is owed a call. Should the prober die,
    /// the next probe is due when its lease has run out.
    Set<UUID> takeProbes(DSLContext db, Duration lease) {
        return db.update(HOOK_ENDPOINT)
                .set(
                        HOOK_ENDPOINT.PAUSED_UNTIL,
                        field("now() + {0} * interval '1 millisecond'", SQLDataType.INSTANT, val(lease.toMillis())))
                .where(HOOK_ENDPOINT.ACTIVE.isTrue())
                .and(HOOK_ENDPOINT.PAUSED_UNTIL.le(NOW))
                .and(exists(selectOne()
                        .from(HOOK_DELIVERY)
                        .where(HOOK_DELIVERY.ENDPOINT_ID.eq(HOOK_ENDPOINT.ID))
                        .and(HOOK_DELIVERY.NEXT_ATTEMPT_AT.le(NOW))))
                .returningResult(HOOK_ENDPOINT.ID)
                .fetchSet(HOOK_ENDPOINT.ID);
    }

    /// The records of these endpoints, locked, in the order of their ids; sound ones that did not fail are left out.
    List<Judged> lock(DSLContext tx, Map<UUID, Tally> tallies) {
        UUID[] failed = tallies.entrySet().stream()
                .filter(tally -> tally.getValue().failures() > 0)
                .map(Map.Entry::getKey)
                .toArray(UUID[]::new);
        return tx.select(HOOK_ENDPOINT.ID, HOOK_ENDPOINT.NAME, HOOK_ENDPOINT.FAILURES, HOOK_ENDPOINT.FAILING_SINCE)
                .select(HOOK_ENDPOINT.PAUSED_UNTIL, NOW)
                .from(HOOK_ENDPOINT)
                .where(HOOK_ENDPOINT.ID.eq(any(tallies.keySet().toArray(UUID[]::new))))
                .and(HOOK_ENDPOINT.ACTIVE.isTrue())
                .and(HOOK_ENDPOINT
                        .FAILURES
                        .gt(0)
                        .or(HOOK_ENDPOINT.PAUSED_UNTIL.isNotNull())
                        .or(HOOK_ENDPOINT.ID.eq(any(failed))))
                .orderBy(HOOK_ENDPOINT.ID)
                .forNoKeyUpdate()
                .fetch(row -> new Judged(
                        row.get(HOOK_ENDPOINT.ID),
                        row.get(HOOK_ENDPOINT.NAME),
                        new Health(
                                row.get(HOOK_ENDPOINT.FAILURES),
                                row.get(HOOK_ENDPOINT.FAILING_SINCE),
                                row.get(HOOK_ENDPOINT.PAUSED_UNTIL),
                                null),
                        row.get(NOW)));
    }

    /// @param now the database's
    record Judged(UUID id, String name, Health before, Instant now) {}

    void save(DSLContext tx, UUID id, Health health) {
        tx.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.FAILURES, health.failures())
                .set(HOOK_ENDPOINT.FAILING_SINCE, health.failingSince())
                .set(HOOK_ENDPOINT.PAUSED_UNTIL, health.pausedUntil())
                .set(HOOK_ENDPOINT.DISABLED_REASON, health.disabledReason())
                .set(HOOK_ENDPOINT.ACTIVE, health.disabledReason() == null)
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
    }
}
