package dev.twotick.worker.consume;

import dev.twotick.queue.Partition;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Counts how often a worker died over one entry while that was all it worked on: counted up when an attempt begins,
/// taken back when it ends in an outage or the worker ends in good order, forgotten with the acknowledgement. A death
/// that Redis did not live through is none of the entry's.
///
/// Where Redis does not take the count (full, read-only, away) the attempt goes on uncounted: the entry must not wait
/// for memory that only its own end may free.
final class DeathCount implements Attempts {
    private static final Logger log = LoggerFactory.getLogger(DeathCount.class);
    private static final Duration MEMORY = Duration.ofDays(8); // Meta sends again for seven
    private static final Pattern RUN_ID = Pattern.compile("run_id:(\\w+)");

    private static final String COUNT = """
            redis.call('HINCRBY', KEYS[1], 'deaths', 1)
            redis.call('HSET', KEYS[1], 'run', ARGV[1], 'at', redis.call('TIME')[1])
            redis.call('EXPIRE', KEYS[1], ARGV[2])
            return 1
            """;

    private static final String TAKE_BACK = """
            if tonumber(redis.call('HGET', KEYS[1], 'deaths') or '0') > 1 then
              redis.call('HDEL', KEYS[1], 'run')
              return redis.call('HINCRBY', KEYS[1], 'deaths', -1)
            end
            return redis.call('DEL', KEYS[1])
            """;

    /// What is counted, and how many seconds ago the last of it began. `run` is the life of Redis in which that was.
    private static final String JUDGE = """
            local deaths = tonumber(redis.call('HGET', KEYS[1], 'deaths') or '0')
            local run = redis.call('HGET', KEYS[1], 'run')
            if run and run ~= ARGV[1] then
              deaths = deaths - 1
              redis.call('HDEL', KEYS[1], 'run')
              redis.call('HINCRBY', KEYS[1], 'deaths', -1)
            end
            local at = tonumber(redis.call('HGET', KEYS[1], 'at') or '0')
            return { deaths, tonumber(redis.call('TIME')[1]) - at }
            """;

    private final RedisClient redis;
    private final String key;
    private boolean counted;

    DeathCount(Partition partition, StreamEntry entry) {
        this.redis = partition.redis();
        this.key = partition.keys().alone(entry.id());
    }

    String key() {
        return key;
    }

    /// @param number  how many there have been
    /// @param lastAgo since the last one's attempt began
    record Deaths(int number, Duration lastAgo) {}

    Deaths deaths() {
        if (!redis.exists(key)) {
            return new Deaths(0, MEMORY);
        }
        List<?> judged = (List<?>) redis.eval(JUDGE, List.of(key), List.of(runId()));
        return new Deaths(((Long) judged.get(0)).intValue(), Duration.ofSeconds((Long) judged.get(1)));
    }

    @Override
    public synchronized void begins() {
        if (counted) {
            return; // what could not be taken back still stands for this attempt
        }
        counted = true; // also when the answer is lost: to take back once too often costs a worker, not a payload
        try {
            redis.eval(COUNT, List.of(key), List.of(runId(), String.valueOf(MEMORY.toSeconds())));
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

    /// Another after each start, and on another server.
    private String runId() {
        Matcher found = RUN_ID.matcher(redis.info("server"));
        return found.find() ? found.group(1) : "";
    }
}
