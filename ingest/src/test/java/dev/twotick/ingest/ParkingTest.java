package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/// Payloads accepted while PostgreSQL is down: where they may wait, and where not.
@WithStores
@Tag("containers")
class ParkingTest {
    private static final String EVERY_SECOND =
            resp("*6 $10 appendonly $3 yes $11 appendfsync $8 everysec $25 no-appendfsync-on-rewrite $2 no");
    private static final String SYNCED = "*2\r\n:1\r\n:0\r\n";
    private static final String NOT_SYNCED = "*2\r\n:0\r\n:0\r\n";

    private Stores stores;

    private static String resp(String words) {
        return words.replace(" ", "\r\n") + "\r\n";
    }

    @BeforeEach
    void emptyRedis() {
        try (Jedis redis = new Jedis(URI.create(stores.redisUrl()))) {
            redis.flushAll();
        }
    }

    @AfterEach
    void startStores() {
        stores.restartRedis(); // with the settings that it had
        stores.startPostgres();
    }

    @Test
    void aRedisThatSyncsEverySecondParksWhatWaitaofConfirms() throws Exception {
        try (OtherRedis newer = new OtherRedis(URI.create(stores.redisUrl()).getPort())) {
            newer.answers.put("CONFIG", EVERY_SECOND);
            newer.answers.put("WAITAOF", SYNCED);
            confirmsByWaitaof(newer);
        }
    }

    @Test
    void aManagedRedisThatTellsNoSettingsParksWhatWaitaofConfirms() throws Exception {
        try (OtherRedis managed = new OtherRedis(URI.create(stores.redisUrl()).getPort())) {
            managed.answers.put("CONFIG", "-ERR unknown command 'CONFIG'\r\n");
            managed.answers.put("WAITAOF", SYNCED);
            confirmsByWaitaof(managed);
        }
    }

    private void confirmsByWaitaof(OtherRedis redis) throws Exception {
        try (Running running = Running.start(stores, Map.of("TWOTICK_REDIS_URL", redis.url()))) {
            await().until(() -> running.health().contains("\"durable\":true"));
            stores.stopPostgres();
            assertThat(running.meta.post("on the disk").statusCode()).isEqualTo(200);
            assertThat(running.toLog()).hasSize(1);
            redis.answers.put("WAITAOF", NOT_SYNCED);
            assertThat(running.meta.post("perhaps on the disk").statusCode()).isEqualTo(503);
            redis.answers.put("WAITAOF", "-ERR WAITAOF cannot be used when appendonly is disabled.\r\n");
            await().until(() -> running.health().contains("\"accepts\":false"));
            assertThat(running.meta.post("nowhere").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void aRealWaitaofConfirms() throws Exception {
        try (Jedis redis = new Jedis(URI.create(stores.redisUrl()))) {
            assumeThat(redis.info("server"))
                    .as("WAITAOF came with 7.2")
                    .doesNotContain("redis_version:6.", "redis_version:7.0.");
            redis.configSet("appendfsync", "everysec");
        }
        try (Running running = Running.start(stores, Map.of())) {
            stores.stopPostgres();
            for (int i = 0; i < 5; i++) {
                String body = "payload " + i;
                await().until(() -> running.meta.post(body).statusCode() == 200); // a slow disk gives 503
                assertThat(running.toLog()).anyMatch(entry -> new String(entry.body(), UTF_8).equals(body));
            }
        }
    }

    @Test
    void beyondItsCapNothingIsParkedUntilTheWorkersHaveMovedSome() {
        try (Running running = Running.start(stores, Map.of("TWOTICK_TO_LOG_MAX_MB", "1"))) {
            stores.stopPostgres();
            String body = "x".repeat(30_000);
            int parked = 0;
            while (running.meta.post(body).statusCode() == 200) {
                parked++;
            }
            assertThat(parked).isBetween(25, 40);
            assertThat(running.metrics()).contains("outcome=\"to-log full\",status=\"503\"");
            try (Jedis redis = running.redis()) {
                redis.del(RedisKeys.ALONE.toLog());
            }
            assertThat(running.meta.post(body).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aRedisWithoutMemoryAcceptsNothingUntilItHasSome() {
        try (Running running = Running.start(stores, Map.of());
                Jedis redis = running.redis()) {
            stores.stopPostgres();
            redis.configSet("maxmemory", "1");
            await().until(() -> running.meta.post("nowhere").statusCode() == 503);
            await().until(() -> running.health().contains("\"accepts\":false"));
            redis.configSet("maxmemory", "0");
            await().until(() -> running.health().contains("\"accepts\":true"));
            assertThat(running.meta.post("parked").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void itStartsWhileBothStoresHangAndServesWhenTheyAnswer() {
        Running.migrate(stores);
        stores.pausePostgres();
        stores.pauseRedis();
        try (Running running = Running.startAsItIs(stores, Map.of())) {
            assertThat(running.meta.post("too early").statusCode()).isEqualTo(503);
            stores.resumeRedis();
            await().until(() -> running.meta.post("parked").statusCode() == 200);
            stores.resumePostgres();
            await().until(() -> running.health().contains("\"status\":\"up\""));
            assertThat(running.meta.post("logged").statusCode()).isEqualTo(200);
        }
    }
}
