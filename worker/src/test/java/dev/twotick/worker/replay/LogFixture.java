package dev.twotick.worker.replay;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static dev.twotick.db.schema.Tables.PAYLOAD_OUTCOME;
import static dev.twotick.model.queue.PayloadStreams.PAYLOADS;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.db.Unnest;
import dev.twotick.model.queue.PayloadId;
import dev.twotick.model.queue.QueuedPayload;
import dev.twotick.stores.Stores;
import dev.twotick.worker.consume.ConsumeSettings;
import dev.twotick.worker.consume.PayloadDoor;
import dev.twotick.worker.consume.RedisConnections;
import dev.twotick.worker.consume.StreamConsumers;
import dev.twotick.worker.consume.StreamEntry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.jooq.DSLContext;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.params.XAddParams;

/// A log, a stream, and workers whose applying is only to write outcomes.
public final class LogFixture implements AutoCloseable {
    public final HikariDataSource pool;
    public final DSLContext db;
    public final RedisClient redis;
    private final RedisConnections connections;

    /// What came through the workers' door.
    public final Queue<QueuedPayload> processed = new ConcurrentLinkedQueue<>();

    public LogFixture(Stores stores) {
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()),
                "test",
                12,
                Duration.ofMinutes(2));
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        connections = new RedisConnections(URI.create(stores.redisUrl()));
        redis = connections.open("test", 8, Duration.ofSeconds(2));
    }

    public void empty() {
        redis.flushAll();
        db.execute("truncate payload_log, payload_outcome, payload_failure, hook_event, hook_delivery, hook_attempt");
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
                PAYLOADS.getBytes(UTF_8),
                XAddParams.xAddParams(),
                QueuedPayload.fresh(id, id.time(), "{}".getBytes(UTF_8), "app").toFields()));
    }

    public void outcome(List<PayloadId> ids, String state, int events, int duplicates, String... accounts) {
        ids.forEach(id -> insertOutcome(id, PayloadId.at(Instant.now()).value(), state, events, duplicates, accounts));
    }

    /// Workers: what has an outcome already is a duplicate to them.
    public StreamConsumers workers() {
        return workers(entries -> {
            for (StreamEntry entry : entries) {
                process(entry.payload(), entry.attempt());
            }
        });
    }

    public StreamConsumers workers(PayloadDoor door) {
        ConsumeSettings settings = new ConsumeSettings(
                2,
                512,
                8 << 20,
                Duration.ofMillis(100),
                Duration.ofSeconds(2),
                Duration.ofMillis(10),
                Duration.ofMillis(100));
        StreamConsumers workers =
                new StreamConsumers(settings, connections, door, new SimpleMeterRegistry(), Duration.ofSeconds(5));
        workers.start();
        return workers;
    }

    public void process(QueuedPayload payload, UUID attempt) {
        processed.add(payload);
        boolean known = db.fetchExists(
                PAYLOAD_OUTCOME, PAYLOAD_OUTCOME.PAYLOAD_ID.eq(payload.id().value()));
        insertOutcome(payload.id(), attempt, "processed", 1, known ? 1 : 0, "1");
    }

    private void insertOutcome(
            PayloadId id, UUID attempt, String state, int events, int duplicates, String... accounts) {
        db.insertInto(PAYLOAD_OUTCOME)
                .set(PAYLOAD_OUTCOME.PAYLOAD_ID, id.value())
                .set(PAYLOAD_OUTCOME.ATTEMPT, attempt)
                .set(PAYLOAD_OUTCOME.STATE, state)
                .set(PAYLOAD_OUTCOME.EVENTS, events)
                .set(PAYLOAD_OUTCOME.DUPLICATES, duplicates)
                .set(PAYLOAD_OUTCOME.FIELDS, new String[] {"messages"})
                .set(PAYLOAD_OUTCOME.ACCOUNTS, accounts)
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
        return redis.xlen(PAYLOADS);
    }

    @Override
    public void close() {
        redis.close();
        pool.close();
    }
}
