package dev.twotick.worker.upkeep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.db.payloadlog.LoggedPayloads;
import dev.twotick.model.payload.PayloadId;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.queue.RedisKeys;
import dev.twotick.queue.StreamState;
import dev.twotick.stores.RedisFailover;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import dev.twotick.worker.consume.StreamConsumers;
import dev.twotick.worker.replay.LogFixture;
import dev.twotick.worker.replay.StreamFeed;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.XAddParams;

/// Another Redis becomes the master, and the old one lives on as a replica: of the new master, or of nobody, with what
/// it had.
@WithStores
class FailoverTest {
    private final RedisFailover redis = RedisFailover.start();
    private final LogFixture log;

    FailoverTest(Stores stores) {
        log = new LogFixture(stores, redis.url());
    }

    @BeforeEach
    void empty() {
        log.empty();
    }

    @AfterEach
    void close() {
        log.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everythingGoesOnAtTheNewMaster(boolean hears) {
        try (Upkeep _ = upkeep();
                DatabaseEpoch epoch = new DatabaseEpoch(log.db, log.streams.first(), Duration.ofMillis(50));
                StreamConsumers _ = log.workers()) {
            epoch.start();
            accept(redis.old(), 1);
            log.log(Instant.now(), 1);
            await().until(() -> log.outcomes() == 2);
            await().until(() -> !epoch.get().isEmpty());

            redis.lead();
            redis.demote(hears);
            accept(redis.promoted(), 600);
            log.log(Instant.now(), 50);
            await().until(() -> Set.copyOf(log.processedIds()).size() == 652); // some twice: the log knows it
            await().until(this::oldMasterIsLeftAlone);
            try (Jedis promoted = redis.promoted()) {
                assertThat(promoted.xlen(RedisKeys.ALONE.toLog())).isZero();
                await().until(() -> promoted.exists("twotick:lsn"));
            }
        }
    }

    private Upkeep upkeep() {
        Upkeep upkeep = new Upkeep(
                log.pool,
                List.of(
                        new ToLog(log.db, log.streams, Duration.ofMillis(50)),
                        new Requeue(
                                new LoggedPayloads(log.db),
                                List.of(new StreamState(log.streams.first())),
                                new StreamFeed(log.db, log.streams, Duration.ofSeconds(1)),
                                InstantSource.system(),
                                new Requeue.Times(
                                        Duration.ofMillis(300),
                                        Duration.ofMillis(50),
                                        UnfinishedRows.Looks.standard()))),
                new SimpleMeterRegistry());
        upkeep.start();
        return upkeep;
    }

    /// As ingest does while PostgreSQL is away.
    private static void accept(Jedis server, int payloads) {
        try (server) {
            for (int n = 0; n < payloads; n++) {
                Instant now = Instant.now();
                QueuedPayload payload = new QueuedPayload(
                        PayloadId.at(now), now, "{}".getBytes(UTF_8), "app", new byte[32], null, false, false);
                server.xadd(RedisKeys.ALONE.toLog().getBytes(UTF_8), XAddParams.xAddParams(), payload.toFields());
            }
        }
    }

    private boolean oldMasterIsLeftAlone() {
        try (Jedis old = redis.old()) {
            String clients = old.clientList();
            return !clients.contains("name=twotick") && !clients.contains("name=test");
        }
    }
}
