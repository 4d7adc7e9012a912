package dev.twotick.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class LocalRedisTest {
    @TempDir
    Path home;

    @Test
    void everyWriteIsSyncedToDisk() {
        try (var redis = LocalRedis.start(home.resolve("redis"), 0);
                var jedis = connect(redis)) {
            assertThat(jedis.configGet("appendonly")).containsEntry("appendonly", "yes");
            assertThat(jedis.configGet("appendfsync")).containsEntry("appendfsync", "always");
            assertThat(jedis.configGet("bind")).containsEntry("bind", "127.0.0.1");
        }
    }

    @Test
    void aSecondStartFindsTheDataOnTheSamePort() {
        int port;
        try (var redis = LocalRedis.start(home.resolve("redis"), 0)) {
            port = redis.port();
            set(redis, "kept", "42");
        }
        try (var redis = LocalRedis.start(home.resolve("redis"), 0)) {
            assertThat(redis.port()).isEqualTo(port);
            assertThat(get(redis, "kept")).isEqualTo("42");
        }
    }

    @Test
    void aSigkillLosesNothing() {
        try (var redis = LocalRedis.start(home.resolve("redis"), 0)) {
            set(redis, "kept", "42");
            redis.kill();
            assertThat(redis.isRunning()).isFalse();
            redis.startAgain();
            assertThat(get(redis, "kept")).isEqualTo("42");
        }
    }

    @Test
    void aServerThatAKilledRunLeftBehindIsStoppedByTheNextStart() {
        var leftBehind = LocalRedis.start(home.resolve("redis"), 0);
        set(leftBehind, "kept", "42");
        try (var redis = LocalRedis.start(home.resolve("redis"), 0)) {
            assertThat(redis.port()).isEqualTo(leftBehind.port());
            assertThat(get(redis, "kept")).isEqualTo("42");
        }
        assertThat(leftBehind.isRunning()).isFalse();
    }

    private static Jedis connect(LocalRedis redis) {
        return new Jedis("127.0.0.1", redis.port());
    }

    private static void set(LocalRedis redis, String key, String value) {
        try (var jedis = connect(redis)) {
            jedis.set(key, value);
        }
    }

    private static String get(LocalRedis redis, String key) {
        try (var jedis = connect(redis)) {
            return jedis.get(key);
        }
    }
}
