package dev.twotick.worker.upkeep;

import static dev.twotick.model.queue.PayloadStreams.GROUP;
import static dev.twotick.model.queue.PayloadStreams.PAYLOADS;

import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;

/// Removes consumers of the group that died long ago. With a consumer goes its pending list, so one that holds anything
/// is never removed: another takes it over first. One script: nothing can be delivered between look and removal. A
/// consumer that was only quiet comes back with its next read.
final class IdleConsumers implements Job {
    private static final Logger log = LoggerFactory.getLogger(IdleConsumers.class);
    private static final String REMOVE = """
            local removed = 0
            for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
              local fields = {}
              for i = 1, #consumer, 2 do fields[consumer[i]] = consumer[i + 1] end
              if fields['pending'] == 0 and fields['idle'] > tonumber(ARGV[2]) then
                redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fields['name'])
                removed = removed + 1
              end
            end
            return removed
            """;

    private final RedisClient redis;
    private final Duration idle;

    IdleConsumers(RedisClient redis, Duration idle) {
        this.redis = redis;
        this.idle = idle;
    }

    @Override
    public String name() {
        return "idle-consumers";
    }

    @Override
    public Duration every() {
        return Duration.ofMinutes(30);
    }

    @Override
    public void run(HeldLock lock) {
        try {
            Object removed = redis.eval(REMOVE, List.of(PAYLOADS), List.of(GROUP, String.valueOf(idle.toMillis())));
            if (removed instanceof Long count && count > 0) {
                log.info("job=idle-consumers removed={}", count);
            }
        } catch (JedisDataException e) { // no stream or no group yet: then there are none
            log.debug("job=idle-consumers state=nothing reason=\"{}\"", e.getMessage());
        }
    }
}
