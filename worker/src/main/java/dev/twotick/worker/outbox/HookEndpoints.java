package dev.twotick.worker.outbox;

import static dev.twotick.db.schema.Tables.HOOK_ENDPOINT;
import static org.jooq.impl.DSL.any;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.when;

import dev.twotick.model.settings.Cidr;
import dev.twotick.worker.outbox.Endpoint.Circuit;
import dev.twotick.worker.outbox.Endpoint.Format;
import dev.twotick.worker.outbox.Endpoint.Limits;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Health;
import dev.twotick.worker.outbox.EndpointCircuitBreaker.Tally;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.ResultQuery;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The table `hook_endpoint`: who is called, and how each has been doing.
final class HookEndpoints {
    private static final Logger log = LoggerFactory.getLogger(HookEndpoints.class);
    private static final Field<Instant> NOW = field("now()", SQLDataType.INSTANT);
    private static final Field<Instant> CLOCK = field("clock_timestamp()", SQLDataType.INSTANT);
    private static final Condition CALLED = HOOK_ENDPOINT.ACTIVE.isTrue().and(HOOK_ENDPOINT.PAUSED.isFalse());

    /// The secrets that sign now, the newest first.
    static final Field<byte[][]> SIGNED_WITH = field(
            """
            array[{0}] || array(
                select older.sealed from unnest({1}, {2}) with ordinality as older (sealed, until, nth)
                where coalesce(older.until > now(), true) order by older.nth)
            """,
            SQLDataType.BLOB.array(), HOOK_ENDPOINT.SECRET, HOOK_ENDPOINT.OLDER_SECRETS, HOOK_ENDPOINT.OLDER_UNTIL);

    private final Optional<SecretBox> box;
    private final Duration timeout;
    private final Duration longestTimeout;
    private final Set<UUID> unusable = new HashSet<>();

    /// @param timeout of a call, unless an endpoint has one of its own
    /// @param longestTimeout beyond which a call would outlive its lease
    HookEndpoints(Optional<SecretBox> box, Duration timeout, Duration longestTimeout) {
        this.box = box;
        this.timeout = timeout;
        this.longestTimeout = longestTimeout;
    }

    /// The endpoints that are called: active, and not paused by an operator. One whose secret does not open is left
    /// out, and named in the log once.
    synchronized List<Endpoint> active(DSLContext db) {
        List<Endpoint> endpoints = new ArrayList<>();
        rows(db, CALLED).forEach(row -> {
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

    /// Those of it that sign now, opened; [#SIGNED_WITH] is one of its fields.
    ///
    /// @throws IllegalArgumentException when they do not open
    static List<HookSecret> secrets(Record row, Optional<SecretBox> box) {
        return Stream.of(row.get(SIGNED_WITH)).map(key(box)::open).toList();
    }

    private static SecretBox key(Optional<SecretBox> box) {
        return box.orElseThrow(() -> new IllegalArgumentException("TWOTICK_ENCRYPTION_KEY is not set"));
    }

    private Endpoint endpoint(Record row) {
        byte[] headers = row.get(HOOK_ENDPOINT.HEADERS);
        Integer millis = row.get(HOOK_ENDPOINT.TIMEOUT_MS);
        return new Endpoint(
                row.get(HOOK_ENDPOINT.ID),
                row.get(HOOK_ENDPOINT.NAME),
                HookUrl.parse(row.get(HOOK_ENDPOINT.URL)),
                secrets(row, box),
                headers == null
                        ? Map.of()
                        : EndpointHeaders.open(key(box), headers).byName(),
                Format.of(row.get(HOOK_ENDPOINT.FORMAT)),
                new Limits(
                        orNone(row.get(HOOK_ENDPOINT.CONCURRENCY)),
                        orNone(row.get(HOOK_ENDPOINT.BATCH)),
                        millis == null ? timeout : timeout(millis),
                        row.get(HOOK_ENDPOINT.RATE) != null,
                        Set.of(row.get(HOOK_ENDPOINT.FINAL_CODES)),
                        Stream.of(row.get(HOOK_ENDPOINT.ALLOW_NETS))
                                .map(Cidr::parse)
                                .toList()),
                Circuit.valueOf(row.get(CIRCUIT)));
    }

    private static OptionalInt orNone(@Nullable Integer number) {
        return number == null ? OptionalInt.empty() : OptionalInt.of(number);
    }

    /// Its own was judged by whoever set it, whose lease may be longer than ours.
    private Duration timeout(int millis) {
        Duration own = Duration.ofMillis(millis);
        return own.compareTo(longestTimeout) < 0 ? own : longestTimeout;
    }

    /// One, whether or not it is called.
    ///
    /// @throws IllegalArgumentException when its secrets do not open
    Optional<Endpoint> one(DSLContext db, Condition which) {
        return rows(db, which).fetchOptional(this::endpoint);
    }

    private static ResultQuery<Record> rows(DSLContext db, Condition which) {
        return db.select(HOOK_ENDPOINT.fields())
                .select(SIGNED_WITH, CIRCUIT)
                .from(HOOK_ENDPOINT)
                .where(which);
    }

    /// Takes the one probe of each endpoint whose pause is over and that is owed a call. Should the prober die,
    /// the next probe is due when its lease has run out.
    Set<UUID> takeProbes(DSLContext db, Duration lease) {
        return db.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.PAUSED_UNTIL, EndpointRows.in(lease))
                .where(CALLED)
                .and(HOOK_ENDPOINT.PAUSED_UNTIL.le(NOW))
                .and("exists (select from hook_delivery d " + DeliveryLines.HEAD
                        + " where d.endpoint_id = hook_endpoint.id and "
                        + DueCalls.DUE + " and " + DeliveryLines.IS_HEAD + ")")
                .returningResult(HOOK_ENDPOINT.ID)
                .fetchSet(HOOK_ENDPOINT.ID);
    }

    /// The records of these endpoints, locked, in the order of their ids; left out are sound ones at which nothing
    /// failed.
    List<Judged> lock(DSLContext tx, Map<UUID, Tally> tallies) {
        UUID[] failed = tallies.entrySet().stream()
                .filter(tally -> tally.getValue().failed())
                .map(Map.Entry::getKey)
                .toArray(UUID[]::new);
        return tx.select(HOOK_ENDPOINT.ID, HOOK_ENDPOINT.NAME, HOOK_ENDPOINT.FAILURES, HOOK_ENDPOINT.FAILING_SINCE)
                .select(HOOK_ENDPOINT.PAUSED_UNTIL, HOOK_ENDPOINT.FAILING_TOLD_AT, NOW)
                .from(HOOK_ENDPOINT)
                .where(HOOK_ENDPOINT.ID.eq(any(tallies.keySet().toArray(UUID[]::new))))
                .and(HOOK_ENDPOINT.ACTIVE.isTrue())
                .and(HOOK_ENDPOINT
                        .FAILURES
                        .gt(0)
                        .or(HOOK_ENDPOINT.PAUSED_UNTIL.isNotNull())
                        .or(HOOK_ENDPOINT.WATCHED.isTrue())
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
                                row.get(HOOK_ENDPOINT.FAILING_TOLD_AT),
                                null),
                        row.get(NOW)));
    }

    /// @param now the database's
    record Judged(UUID id, String name, Health before, Instant now) {}

    /// That a call has passed is noted when one had failed before: at other times it would be a write for each batch.
    void save(DSLContext tx, UUID id, Health health, Tally tally, Instant now) {
        Field<Boolean> watched = tally.failed() || tally.succeeded() ? inline(tally.failed()) : HOOK_ENDPOINT.WATCHED;
        Field<Instant> passedAt = tally.succeeded() ? CLOCK : HOOK_ENDPOINT.PASSED_AT;
        tx.update(HOOK_ENDPOINT)
                .set(HOOK_ENDPOINT.WATCHED, watched)
                .set(HOOK_ENDPOINT.PASSED_AT, passedAt)
                .set(HOOK_ENDPOINT.FAILURES, health.failures())
                .set(HOOK_ENDPOINT.FAILING_SINCE, health.failingSince())
                .set(HOOK_ENDPOINT.PAUSED_UNTIL, health.pausedUntil())
                .set(HOOK_ENDPOINT.FAILING_TOLD_AT, health.toldAt())
                .set(HOOK_ENDPOINT.DISABLED_REASON, health.disabledReason())
                .set(HOOK_ENDPOINT.ACTIVE, health.disabledReason() == null)
                .set(HOOK_ENDPOINT.DISABLED_AT, health.disabledReason() == null ? null : now)
                .where(HOOK_ENDPOINT.ID.eq(id))
                .execute();
    }

    /// Whether others are to be told that calls to it are parked: they were not within a day.
    boolean isToBeToldOfParked(DSLContext tx, UUID id) {
        return tx.update(HOOK_ENDPOINT)
                        .set(HOOK_ENDPOINT.PARKED_TOLD_AT, NOW)
                        .where(HOOK_ENDPOINT.ID.eq(id))
                        .and(HOOK_ENDPOINT
                                .PARKED_TOLD_AT
                                .isNull()
                                .or(HOOK_ENDPOINT.PARKED_TOLD_AT.lt(EndpointRows.in(Duration.ofDays(-1)))))
                        .execute()
                > 0;
    }
}
