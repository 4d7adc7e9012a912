package dev.twotick.worker;

import static dev.twotick.db.schema.Tables.PAYLOAD_LOG;
import static dev.twotick.queue.RedisKeys.GROUP;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.Partition;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.params.XPendingParams;
import redis.clients.jedis.resps.StreamEntry;

/// Stores as ingest fills them, and whole workers on them: in this process, or as processes that can be killed.
final class WorkerFixture implements AutoCloseable {
    final Map<String, String> environment = new HashMap<>();
    final DSLContext db;
    final Partition partition;
    final RedisClient redis;
    private final HikariDataSource pool;
    private final List<Runnable> endings = new ArrayList<>();

    WorkerFixture(Stores stores) {
        environment.put("TWOTICK_DATABASE_URL", stores.jdbcUrl());
        environment.put("TWOTICK_DATABASE_USER", stores.user());
        environment.put("TWOTICK_DATABASE_PASSWORD", stores.password());
        environment.put("TWOTICK_REDIS_URL", stores.redisUrl());
        environment.put("TWOTICK_WORKER_PORT", "0");
        environment.put("TWOTICK_CONSOLE_PORT", "0");
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()), "test", 4, Duration.ZERO);
        Migrations.migrate(pool);
        db = Database.jooq(pool);
        partition = new RedisConnections(URI.create(stores.redisUrl())).openFirst("test", 4, Duration.ofSeconds(30));
        redis = partition.redis();
    }

    void empty() {
        redis.flushAll();
        db.execute("truncate message, message_status, reaction_statement, contact, contact_identity,"
                + " conversation, account_notice, hook_page, hook_delivery, hook_resend, payload_log, payload_outcome,"
                + " payload_failure, media, media_place, media_removal, media_store, account cascade");
    }

    /// Under a worker that goes on. A truncate would make each day's table anew.
    void emptyLogAndHooks() {
        for (String table : List.of(
                "payload_outcome",
                "payload_failure",
                "payload_log",
                "hook_resend",
                "hook_delivery",
                "hook_attempt",
                "hook_page",
                "hook_endpoint",
                "audit_log")) {
            db.execute("delete from " + table);
        }
    }

    /// Logs a payload and pushes it, as ingest does.
    PayloadId receive(byte[] body) {
        PayloadId id = PayloadId.at(Instant.now());
        db.insertInto(PAYLOAD_LOG)
                .values(id.value(), Instant.now(), body, new byte[32], "app")
                .execute();
        QueuedPayload payload = QueuedPayload.fresh(id, Instant.now(), body, "app");
        redis.xadd(RedisKeys.ALONE.payloads().getBytes(UTF_8), XAddParams.xAddParams(), payload.toFields());
        return id;
    }

    /// A payload of a sender of its own.
    PayloadId receiveText(int number, String text) {
        return receive(MetaBodies.text("1650556" + (1000 + number), "wamid.W" + number, 1_795_000_000, text));
    }

    /// Starts a worker with all roles in this process.
    Worker worker() throws InterruptedException {
        return worker(EnumSet.of(Worker.Role.CONSUME, Worker.Role.DELIVER));
    }

    Worker worker(Set<Worker.Role> roles) throws InterruptedException {
        Worker worker = new Worker(WorkerSettings.read(environment), roles);
        endings.add(worker::close);
        worker.start();
        return worker;
    }

    WorkerProcess process() throws IOException {
        return process(WorkerCommand.class);
    }

    WorkerProcess process(Class<?> main, String... arguments) throws IOException {
        WorkerProcess process = WorkerProcess.start(environment, main, arguments);
        endings.add(process::close);
        return process;
    }

    /// Returns when every logged payload has an outcome and the stream holds nothing.
    void settle() {
        await().until(() -> number("select count(*) from payload where state = 'received'") == 0
                && redis.xlen(RedisKeys.ALONE.payloads()) == 0);
    }

    /// Entries that a consumer says it works on.
    long pendingOfTheLiving() {
        return redis
                .xpending(
                        RedisKeys.ALONE.payloads(),
                        GROUP,
                        XPendingParams.xPendingParams(StreamEntryID.MINIMUM_ID, StreamEntryID.MAXIMUM_ID, 10_000))
                .stream()
                .filter(entry -> entry.getIdleTime() < Duration.ofHours(1).toMillis())
                .count();
    }

    /// Spares a test the time after which a dead worker's entries are taken over.
    void abandonEverything() {
        StreamEntryID[] entries = redis.xrange(RedisKeys.ALONE.payloads(), (StreamEntryID) null, null).stream()
                .map(StreamEntry::getID)
                .toArray(StreamEntryID[]::new);
        XClaimParams longAgo =
                XClaimParams.xClaimParams().idle(Duration.ofDays(1).toMillis());
        redis.xclaimJustId(RedisKeys.ALONE.payloads(), GROUP, "dead", 0, longAgo, entries);
    }

    long number(String sql) {
        return db.fetchSingle(sql).get(0, Long.class);
    }

    String text(String sql) {
        return String.valueOf(db.fetchSingle(sql).get(0));
    }

    @Override
    public void close() {
        endings.reversed().forEach(Runnable::run);
        redis.close();
        pool.close();
    }
}
