package dev.twotick.worker.replay;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.db.Unnest;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.Hint;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.worker.consume.Attempts;
import dev.twotick.worker.consume.ConsumeSettings;
import dev.twotick.worker.consume.PayloadProcessor;
import dev.twotick.worker.consume.StreamConsumers;
import dev.twotick.worker.consume.StreamEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.XAddParams;

/// A log, a stream, and workers whose applying is only to write outcomes.
public final class LogFixture implements AutoCloseable {
    public final HikariDataSource pool;
    public final DSLContext db;
    public final Partitions streams;
    public final RedisClient redis;
    private final RedisConnections connections;

    /// What the workers' processor got.
    public final Queue<QueuedPayload> processed = new ConcurrentLinkedQueue<>();

    public LogFixture(Stores stores) {
        this(stores, stores.redisUrl());
    }

    /// Over another Redis.
    public LogFixture(Stores stores, String redisUrl) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()),
                "test",
                12,
                Duration.ofMinutes(2));
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        connections = new RedisConnections(URI.create(redisUrl));
        streams = connections.open("test", 8, Duration.ofSeconds(5));
        redis = streams.first().redis();
    }

    public void empty() {
        redis.flushAll();
        db.execute("truncate payload_log, payload_outcome, payload_failure, hook_page, hook_delivery, hook_attempt");
        processed.clear();
    }

    /// Rows as ingest logs them.
    public List<PayloadId> log(Instant at, int rows) {
        return log(at, rows, "{}".getBytes(UTF_8));
    }

    public List<PayloadId> log(Instant at, int rows, byte[] body) {
        List<PayloadId> ids = IntStream.range(0, rows)
                .mapToObj(n -> PayloadId.at(at.plusMillis(n % 1000)))
                .sorted()
                .toList();
        Unnest<PayloadId> n = Unnest.of(ids)
                .with(PAYLOAD_LOG.ID, PayloadId::value)
                .with(PAYLOAD_LOG.RECEIVED_AT, PayloadId::time)
                .with(PAYLOAD_LOG.BODY, id -> body)
                .with(PAYLOAD_LOG.SIGNATURE, id -> new byte[32])
                .with(PAYLOAD_LOG.APP, id -> "app");
        db.insertInto(PAYLOAD_LOG, n.columns()).select(n.select()).execute();
        return ids;
    }

    public void push(List<PayloadId> ids) {
        ids.forEach(id -> redis.xadd(
                RedisKeys.ALONE.payloads().getBytes(UTF_8),
                XAddParams.xAddParams(),
                QueuedPayload.fresh(id, id.time(), "{}".getBytes(UTF_8), "app").toFields()));
    }

    public void outcome(List<PayloadId> ids, String state, int events, int duplicates, String... accounts) {
        insert(
                ids.stream()
                        .map(id -> new Outcome(
                                id.value(), PayloadId.at(Instant.now()).value(), duplicates))
                        .toList(),
                state,
                events,
                accounts);
    }

    /// Workers: what has an outcome already is a duplicate to them.
    public StreamConsumers workers() {
        return workers(this::apply);
    }

    public StreamConsumers workers(PayloadProcessor processor) {
        ConsumeSettings settings = new ConsumeSettings(
                2,
                512,
                8 << 20,
                Duration.ofMillis(100),
                Duration.ofSeconds(10),
                Duration.ofMillis(10),
                Duration.ofMillis(100),
                Duration.ofSeconds(2));
        StreamConsumers workers = new StreamConsumers(
                settings, connections, _ -> processor, new SimpleMeterRegistry(), Duration.ofSeconds(5));
        workers.start();
        return workers;
    }

    public Hint apply(List<StreamEntry> entries, Attempts attempts) {
        process(entries.stream()
                .map(entry -> new Delivery(entry.payload(), entry.attempt()))
                .toList());
        return Hint.NONE;
    }

    /// A payload, and the outcome that it asks for.
    public record Delivery(QueuedPayload payload, UUID attempt) {}

    public void process(List<Delivery> deliveries) {
        UUID[] ids = deliveries.stream().map(one -> one.payload().id().value()).toArray(UUID[]::new);
        Set<UUID> known = db.select(PAYLOAD_OUTCOME.PAYLOAD_ID)
                .from(PAYLOAD_OUTCOME)
                .where(PAYLOAD_OUTCOME.PAYLOAD_ID.eq(DSL.any(ids)))
                .fetchSet(PAYLOAD_OUTCOME.PAYLOAD_ID);
        insert(
                deliveries.stream()
                        .map(one -> new Outcome(
                                one.payload().id().value(),
                                one.attempt(),
                                known.contains(one.payload().id().value()) ? 1 : 0))
                        .toList(),
                "processed",
                1,
                "1");
        deliveries.forEach(one -> processed.add(one.payload()));
    }

    private record Outcome(UUID id, UUID attempt, int duplicates) {}

    private void insert(List<Outcome> outcomes, String state, int events, String... accounts) {
        Unnest<Outcome> n = Unnest.of(outcomes)
                .with(PAYLOAD_OUTCOME.PAYLOAD_ID, Outcome::id)
                .with(PAYLOAD_OUTCOME.ATTEMPT, Outcome::attempt)
                .with(PAYLOAD_OUTCOME.DUPLICATES, Outcome::duplicates);
        db.insertInto(
                        PAYLOAD_OUTCOME,
                        PAYLOAD_OUTCOME.PAYLOAD_ID,
                        PAYLOAD_OUTCOME.ATTEMPT,
                        PAYLOAD_OUTCOME.DUPLICATES,
                        PAYLOAD_OUTCOME.STATE,
                        PAYLOAD_OUTCOME.EVENTS,
                        PAYLOAD_OUTCOME.FIELDS,
                        PAYLOAD_OUTCOME.ACCOUNTS)
                .select(DSL.select(
                                n.get(PAYLOAD_OUTCOME.PAYLOAD_ID),
                                n.get(PAYLOAD_OUTCOME.ATTEMPT),
                                n.get(PAYLOAD_OUTCOME.DUPLICATES),
                                DSL.val(state),
                                DSL.val(events),
                                DSL.val(new String[] {"messages"}),
                                DSL.val(accounts))
                        .from(n.table()))
                .onConflictDoNothing()
                .execute();
    }

    public List<PayloadId> processedIds() {
        return processed.stream().map(QueuedPayload::id).toList();
    }

    public int outcomes() {
        return db.fetchCount(PAYLOAD_OUTCOME);
    }

    public long entries() {
        return redis.xlen(RedisKeys.ALONE.payloads());
    }

    @Override
    public void close() {
        redis.close();
        pool.close();
    }
}
