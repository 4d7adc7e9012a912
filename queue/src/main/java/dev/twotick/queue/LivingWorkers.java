package dev.twotick.queue;

import java.time.Duration;
import java.util.List;
import redis.clients.jedis.RedisClient;

/// Which workers live: each says so every few seconds, in a set sorted by the time of that, on Redis' own clock.
/// Reading the stream says less: to Redis 6.2 a consumer that is given nothing seems to be gone, and not every worker
/// consumes.
public final class LivingWorkers {
    /// Between two words of one worker.
    public static final Duration BEAT = Duration.ofSeconds(5);

    private static final Duration SILENT = BEAT.multipliedBy(4);

    private static final String SAY = """
            local now = redis.call('TIME')[1]
            redis.call('ZADD', KEYS[1], now, ARGV[1])
            redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
            """;

    private static final String HEARD = """
            return redis.call('ZRANGEBYSCORE', KEYS[1], redis.call('TIME')[1] - ARGV[1], '+inf')
            """;

    private final RedisClient redis;
    private final String key;

    public LivingWorkers(Partition first) {
        this.redis = first.redis();
        this.key = first.keys().workers();
    }

    /// @param id of the process, for as long as it lives
    /// @param roles in words, without a space
    public record One(String id, String version, String roles) {
        private String member() {
            return id + " " + version + " " + roles;
        }

        private static One of(String member) {
            String[] words = member.split(" ", 3);
            return new One(words[0], words[1], words[2]);
        }
    }

    public void say(One worker) {
        redis.eval(SAY, List.of(key), List.of(worker.member(), String.valueOf(SILENT.toSeconds())));
    }

    /// It ends in order.
    public void leaves(One worker) {
        redis.zrem(key, worker.member());
    }

    /// Those that were heard of lately.
    public List<One> all() {
        List<?> members = (List<?>) redis.eval(HEARD, List.of(key), List.of(String.valueOf(SILENT.toSeconds())));
        return members.stream().map(member -> One.of((String) member)).toList();
    }
}
