package dev.twotick.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseSettings;
import dev.twotick.db.Migrations;
import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.ConsumerGroup;
import dev.twotick.queue.ConsumerGroup.Done;
import dev.twotick.queue.Hint;
import dev.twotick.queue.Partition;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisConnections;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.apply.EventApplier;
import dev.twotick.worker.consume.Attempts;
import dev.twotick.worker.consume.StreamEntry;
import dev.twotick.worker.deduplicate.SeenEvents;
import dev.twotick.worker.deduplicate.SeenSettings;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.outbox.Outbox;
import dev.twotick.worker.outbox.SecretBox;
import dev.twotick.worker.privacy.DataSubject;
import dev.twotick.worker.privacy.Erasure;
import dev.twotick.worker.privacy.ErasureKey;
import dev.twotick.worker.privacy.Horizon;
import dev.twotick.worker.upkeep.DatabaseEpoch;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.RedisClient;

@WithStores
class PayloadPipelineTest {
    private final Stores stores;
    private final HikariDataSource pool;
    private final DSLContext db;
    private final Partition partition;
    private final RedisClient redis;
    private final PayloadPipeline pipeline;
    private final List<String> heard = new CopyOnWriteArrayList<>();

    private final Attempts attempts = new Attempts() {
        @Override
        public void begins() {
            heard.add("begins");
        }

        @Override
        public void endsInOutage() {
            heard.add("outage");
        }
    };

    PayloadPipelineTest(Stores stores) {
        this.stores = stores;
        pool = Database.pool(
                new DatabaseSettings(stores.jdbcUrl(), stores.user(), stores.password()),
                "test",
                2,
                Duration.ofSeconds(10));
        db = Database.jooq(pool);
        partition = new RedisConnections(URI.create(stores.redisUrl())).openFirst("test", 2, Duration.ofSeconds(30));
        redis = partition.redis();
        pipeline = pipeline(() -> "epoch", _ -> true, new Horizon(Optional.empty(), 0), new SimpleMeterRegistry());
    }

    @BeforeEach
    void empty() {
        Migrations.migrate(pool);
        db.execute("truncate message, message_status, reaction_statement, payload_outcome, payload_failure,"
                + " payload_log, hook_page cascade");
        redis.flushAll();
    }

    @AfterEach
    void close() {
        redis.close();
        pool.close();
    }

    private Thread processSuspect() {
        byte[] body = MetaBodies.text("16505551234", "wamid.S", 1_795_000_000, "hello");
        StreamEntry suspect = new StreamEntry(
                "1795263760312-7", QueuedPayload.fresh(PayloadId.at(Instant.now()), Instant.now(), body, "app"), 3, 0);
        return Thread.ofVirtual().start(() -> {
            try {
                pipeline.process(List.of(suspect), attempts);
            } catch (InterruptedException e) {
                heard.add("interrupted");
            }
        });
    }

    private String state() {
        return db.fetchSingle("select string_agg(state, ',') from payload_outcome")
                .get(0, String.class);
    }

    @Test
    void whileTheDatabaseIsAwayNoAttemptBegins() throws Exception {
        stores.stopPostgres();
        Thread suspect = processSuspect();
        await().until(() -> heard.size() >= 2);
        assertThat(heard).containsOnly("outage");
        stores.startPostgres();
        suspect.join();
        assertThat(heard).endsWith("begins");
        assertThat(state()).isEqualTo("processed");
    }

    @Test
    void eachAttemptAtADatabaseThatTakesNothingIsTakenBack() throws Exception {
        readOnly(true);
        Thread suspect = processSuspect();
        await().until(() -> heard.size() >= 100);
        readOnly(false);
        suspect.join();
        assertThat(heard).endsWith("begins");
        assertThat(Collections.indexOfSubList(heard, List.of("begins", "begins")))
                .isEqualTo(-1);
        assertThat(state()).isEqualTo("processed");
    }

    @Test
    void aRetryAfterAnErasureIsTakenOutOfTheLog() throws Exception {
        ErasureKey key = new ErasureKey(new SecretBox(Base64.getEncoder().encodeToString(new byte[32])));
        MeterRegistry metrics = new SimpleMeterRegistry();
        try (DatabaseEpoch epoch = new DatabaseEpoch(db, partition, Duration.ofHours(1))) {
            epoch.start();
            await().until(() -> !epoch.get().isEmpty());
            PayloadPipeline remembering = pipeline(epoch, epoch::stands, new Horizon(Optional.of(key), 0), metrics);
            deliver(remembering);
            deliver(remembering);
            assertThat(metrics.counter("twotick.seen.hits").count()).isEqualTo(1);

            new Erasure(db, key)
                    .run(
                            DataSubject.find(db, "16505551234", Optional.empty(), Optional.empty()),
                            (step, done, total) -> {});
            deliver(remembering);

            assertThat(db.fetchValue("select count(*) from payload_log where convert_from(body, 'UTF8') like '%1234%'"))
                    .isEqualTo(0L);
            assertThat(db.fetchValue("select count(*) from payload_log")).isEqualTo(3L);
        } finally {
            db.execute("truncate tombstone");
        }
    }

    @Test
    void whatAnUndatedRetryLeavesInRedisDoesNotHideTheNextAlert() throws Exception {
        Instant monday = Instant.parse("2026-11-30T12:00:00Z"); // two days before the retry a week begins
        for (Instant at : List.of(monday, monday.plus(Duration.ofDays(6)), monday.plus(Duration.ofDays(8)))) {
            byte[] body = MetaBodies.envelope("""
                    {"field":"messages","value":{"metadata":{"phone_number_id":"77"},"errors":[{"code":130429}]}}""");
            QueuedPayload alert = QueuedPayload.fresh(PayloadId.at(at), at, body, "app");
            processAndRemember(pipeline, new StreamEntry("1795263760312-7", alert, 1, 0));
        }
        assertThat(db.fetchValue("select count(*) from hook_event where type = 'account.notice'"))
                .isEqualTo(2L);
    }

    private PayloadPipeline pipeline(
            Supplier<String> epoch, Predicate<String> stands, Horizon horizon, MeterRegistry metrics) {
        Duration soon = Duration.ofMillis(1);
        return new PayloadPipeline(
                new LoggedPayloads(db),
                new PayloadInterpreter(),
                new SeenEvents(
                        new SeenSettings(Duration.ofHours(1), 16),
                        partition,
                        epoch,
                        stands,
                        InstantSource.system(),
                        metrics),
                new EventApplier(db, new Outbox(Duration.ofSeconds(60)), () -> 0, _ -> {}, true, horizon),
                new DatabaseOutage(soon, soon, DataAccessException.class::isInstance, () -> {}, new Waits()),
                new PipelineMetrics(metrics));
    }

    private final long sent = Instant.now().getEpochSecond() - 60;

    /// As Meta does again: the same body, as a payload of its own.
    private void deliver(PayloadPipeline pipeline) throws InterruptedException {
        byte[] body = MetaBodies.text("16505551234", "wamid.S", sent, "hello");
        PayloadId id = PayloadId.at(Instant.now());
        db.execute(
                "insert into payload_log (id, received_at, body, signature, app) values (?, now(), ?, '', 'app')",
                id.value(),
                body);
        processAndRemember(
                pipeline,
                new StreamEntry("1795263760312-7", QueuedPayload.fresh(id, Instant.now(), body, "app"), 1, 0));
    }

    private void processAndRemember(PayloadPipeline pipeline, StreamEntry entry) throws InterruptedException {
        Hint hint = pipeline.process(List.of(entry), attempts);
        new ConsumerGroup(partition).acknowledge(new Done(List.of(entry.id()), List.of(), hint));
    }

    private void readOnly(boolean on) throws Exception {
        try (var connection = stores.connect();
                var statement = connection.createStatement()) {
            statement.execute("set default_transaction_read_only = off");
            statement.execute("do $$ begin execute format('alter database %I set default_transaction_read_only = "
                    + (on ? "on" : "off") + "', current_database()); end $$");
            statement.execute("select pg_terminate_backend(pid) from pg_stat_activity"
                    + " where datname = current_database() and pid <> pg_backend_pid()");
        }
    }
}
