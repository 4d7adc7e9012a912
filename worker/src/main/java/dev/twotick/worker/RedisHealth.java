package dev.twotick.worker;

import dev.twotick.queue.NoMaster;
import dev.twotick.queue.RedisKind;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Whether Redis is of use to this worker: it answers, is one that Twotick can work with, and gives what is asked of
/// it.
final class RedisHealth {
    private final RedisClient redis;
    private final BooleanSupplier streamIsRead;

    /// @param streamIsRead whether the last reads of the stream brought an answer
    RedisHealth(RedisClient redis, BooleanSupplier streamIsRead) {
        this.redis = redis;
        this.streamIsRead = streamIsRead;
    }

    /// What is wrong, and what to do; empty when nothing is.
    Optional<String> problem() {
        try {
            return unfit().or(this::unread);
        } catch (NoMaster e) {
            return Optional.of(e.getMessage() + "; payloads wait in the log until then");
        } catch (JedisException e) {
            return Optional.of("Redis does not answer; payloads wait in the log until it does");
        }
    }

    private Optional<String> unfit() {
        try {
            return RedisKind.unfit(redis.info("server"));
        } catch (JedisDataException e) {
            redis.ping(); // only not ours to ask here
            return Optional.empty();
        }
    }

    private Optional<String> unread() {
        return streamIsRead.getAsBoolean()
                ? Optional.empty()
                : Optional.of("the stream cannot be read; the log says why (stream=fault)");
    }
}
