package dev.twotick.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.RedisFailover;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/// Another Redis becomes the master, and the old one lives on as its replica.
@WithStores
class FailoverTest {
    private final RedisFailover redis = RedisFailover.start();
    private Stores stores;
    private Running running;

    @BeforeEach
    void start() {
        running = Running.start(stores, Map.of("TWOTICK_REDIS_URL", redis.url()));
        await().until(() -> running.health().contains("\"durable\":true"));
    }

    @AfterEach
    void stop() {
        running.close();
        redis.close();
        stores.startPostgres();
    }

    private void postAtOnce(int posts) {
        IntStream.range(0, posts)
                .parallel()
                .forEach(n -> assertThat(running.meta.post("payload " + n).statusCode())
                        .isEqualTo(200));
    }

    private long entries(Jedis server, String stream) {
        try (server) {
            return server.xlen(stream);
        }
    }

    @Test
    void pushesGoToTheNewMaster() {
        postAtOnce(50);
        await().until(() -> entries(redis.old(), RedisKeys.ALONE.payloads()) == 50);
        redis.lead();
        redis.demote(false);
        postAtOnce(50);
        await().until(() -> entries(redis.promoted(), RedisKeys.ALONE.payloads()) == 50);
        await().until(this::oldMasterIsLeftAlone);
    }

    @Test
    void withoutPostgresPayloadsAreParkedOnTheNewMaster() {
        stores.stopPostgres();
        postAtOnce(50);
        assertThat(entries(redis.old(), RedisKeys.ALONE.toLog())).isEqualTo(50);
        redis.lead();
        redis.demote(true);
        postAtOnce(50);
        assertThat(entries(redis.promoted(), RedisKeys.ALONE.toLog())).isEqualTo(50);
        await().until(this::oldMasterIsLeftAlone);
    }

    @Test
    void withoutPostgresNothingIsAcceptedWhileTheAddressLeadsToAReplica() {
        stores.stopPostgres();
        postAtOnce(1);
        redis.demote(true);
        await().until(() -> running.health().contains("\"accepts\":false"));
        assertThat(running.meta.post("nowhere").statusCode()).isEqualTo(503);
        redis.lead();
        await().until(() -> running.health().contains("\"accepts\":true"));
        postAtOnce(1);
    }

    private boolean oldMasterIsLeftAlone() {
        try (Jedis old = redis.old()) {
            return !old.clientList().contains("name=twotick");
        }
    }
}
