package dev.twotick.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twotick.queue.RedisKeys;
import dev.twotick.stores.LocalRedis;
import dev.twotick.stores.RedisSentinels;
import dev.twotick.stores.Stores;
import dev.twotick.stores.WithStores;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/// Sentinels make another Redis the master, and it lacks what the old one had not passed on.
@WithStores
class SentinelTest {
    @TempDir
    private Path home;

    private Stores stores;
    private RedisSentinels redis;
    private Running running;

    @BeforeEach
    void start() {
        redis = RedisSentinels.start(home, 1, 1);
        running = Running.start(
                stores,
                Map.of("TWOTICK_REDIS_URL", redis.url(), "TWOTICK_REDIS_SENTINEL_PASSWORD", RedisSentinels.PASSWORD));
        await().until(() -> running.health().contains("\"durable\":true"));
    }

    @AfterEach
    void stop() {
        running.close();
        redis.close();
        stores.startPostgres();
    }

    private int post(String body) {
        return running.meta.post(body).statusCode();
    }

    private void postAtOnce(int posts, String name) {
        IntStream.range(0, posts)
                .parallel()
                .forEach(n -> assertThat(post(name + " " + n)).isEqualTo(200));
    }

    private Set<String> pushed() {
        try (Jedis master = redis.jedis()) {
            return Running.entries(master, RedisKeys.ALONE.payloads()).stream()
                    .map(entry -> entry.id().toString())
                    .collect(Collectors.toSet());
        }
    }

    private Set<String> logged() throws Exception {
        return running.log().stream().map(Running.LogRow::id).collect(Collectors.toSet());
    }

    /// Also where nobody posts anything behind it.
    @Test
    void whatAFailoverForgotIsPushedAgain() throws Exception {
        Set<String> before = logged();
        postAtOnce(20, "on both");
        await().until(() -> pushed().size() == 20);
        redis.holdReplication();
        postAtOnce(50, "on the old master alone");
        await().until(() -> pushed().size() == 70);

        LocalRedis old = redis.master();
        old.kill();
        redis.awaitAnother(old);

        Set<String> all = new HashSet<>(logged());
        all.removeAll(before);
        assertThat(all).hasSize(70);
        await().untilAsserted(() -> assertThat(pushed()).isEqualTo(all));
    }

    @Test
    void withoutPostgresNothingIsTakenThatNotEveryReplicaHas() {
        stores.stopPostgres();
        await().until(() -> running.health().contains("\"answers\":false,\"syncs\""));
        assertThat(post("on both")).isEqualTo(200);
        redis.holdReplication();
        assertThat(post("on the master alone")).isEqualTo(503);

        LocalRedis old = redis.master();
        old.kill();
        redis.awaitAnother(old);
        await().until(() -> running.health().contains("1 of Redis' 1 replicas are missing"));
        assertThat(running.health()).contains("\"accepts\":false");
        assertThat(post("on the new master alone")).isEqualTo(503);

        old.startAgain();
        redis.awaitReplicas();
        await().until(() -> running.health().contains("\"accepts\":true"));
        assertThat(post("on both again")).isEqualTo(200);
        try (Jedis master = redis.jedis()) {
            assertThat(Running.entries(master, RedisKeys.ALONE.toLog()).stream()
                            .map(entry -> new String(entry.body(), UTF_8)))
                    .contains("on both", "on both again");
        }
    }
}
