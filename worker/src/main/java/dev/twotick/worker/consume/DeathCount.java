package dev.twotick.worker.consume;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.Response;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Counts how often a worker died over one entry that it processed alone: counted up when an attempt begins, taken back
/// when it ends in an outage or the worker ends in good order, forgotten with the acknowledgement.
///
/// Where Redis does not take the count (full, read-only, away) the attempt goes on uncounted: the entry must not wait
/// for memory that only its own end may free.
final class DeathCount implements Attempts {
    private static final Logger log = LoggerFactory.getLogger(DeathCount.class);
    private static final Duration MEMORY = Duration.ofDays(8); // Meta sends again for seven

    private static final String TAKE_BACK = """
            if tonumber(redis.call('GET', KEYS[1]) or '0') > 1 then return redis.call('DECR', KEYS[1]) end
            return redis.call('DEL', KEYS[1])
            """;

    private final RedisClient redis;
    private final String key;
    private boolean counted;

    DeathCount(RedisClient redis, StreamEntry entry) {
        this.redis = redis;
        this.key = key(entry);
    }

    static String key(StreamEntry entry) {
        return "twotick:alone:" + entry.id();
    }

    /// How many workers have died so far.
    int deaths() {
        String deaths = redis.get(key);
        return deaths == null ? 0 : Integer.parseInt(deaths);
    }

    @Override
    public synchronized void begins() {
        if (counted) {
            return; // what could not be taken back still stands for this attempt
        }
        counted = true; // also when the answer is lost: to take back once too often costs a worker, not a payload
        try (Pipeline pipeline = redis.pipelined()) {
            Response<Long> count = pipeline.incr(key);
            pipeline.expire(key, MEMORY.toSeconds());
            pipeline.sync();
            count.get();
        } catch (JedisDataException e) {
            counted = false;
            log.warn("key={} state=uncounted reason=\"{}\"", key, e.getMessage());
        } catch (JedisException e) {
            log.warn("key={} state=uncounted reason=\"{}\"", key, e.getMessage());
        }
    }

    @Override
    public void endsInOutage() {
        takeBack();
    }

    synchronized void takeBack() {
        if (!counted) {
            return;
        }
        try {
            redis.eval(TAKE_BACK, List.of(key), List.of());
            counted = false;
        } catch (JedisException e) {
            log.warn("key={} state=not-taken-back reason=\"{}\"", key, e.getMessage());
        }
    }
}
