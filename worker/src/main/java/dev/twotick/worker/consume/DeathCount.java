package dev.twotick.worker.consume;

import java.time.Duration;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;

/// Counts how often a worker died over an entry that it processed alone: counted up before, forgotten with the
/// acknowledgement. A worker that ends in good order takes its count back.
final class DeathCount {
    private static final Duration MEMORY = Duration.ofDays(8); // Meta sends again for seven

    private final RedisClient redis;

    DeathCount(RedisClient redis) {
        this.redis = redis;
    }

    static String key(StreamEntry entry) {
        return "twotick:alone:" + entry.id();
    }

    /// @return the entry, with the deaths before this attempt
    StreamEntry begin(StreamEntry entry) {
        try (Pipeline pipeline = redis.pipelined()) {
            Response<Long> attempts = pipeline.incr(key(entry));
            pipeline.expire(key(entry), MEMORY.toSeconds());
            pipeline.sync();
            return entry.afterDeaths(attempts.get().intValue() - 1);
        }
    }

    void takeBack(StreamEntry entry) {
        redis.decr(key(entry));
    }
}
