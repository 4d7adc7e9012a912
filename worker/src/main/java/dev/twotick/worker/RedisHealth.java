package dev.twotick.worker;

import dev.twotick.queue.NoMaster;
import dev.twotick.queue.Partition;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.RedisConnections;
import dev.twotick.queue.RedisKind;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/// Whether Redis is of use to this worker: it answers, is one that Twotick can work with, and gives what is asked of
/// it.
final class RedisHealth {
    private final RedisConnections connections;
    private final Partitions redis;
    private final BooleanSupplier streamIsRead;

    /// @param streamIsRead whether the last reads of the stream brought an answer
    RedisHealth(RedisConnections connections, Partitions redis, BooleanSupplier streamIsRead) {
        this.connections = connections;
        this.redis = redis;
        this.streamIsRead = streamIsRead;
    }

    /// What is wrong, and what to do; empty when nothing is.
    Optional<String> problem() {
        try {
            return redis.all().stream()
                    .map(this::unfit)
                    .flatMap(Optional::stream)
                    .findFirst()
                    .or(this::tooFew)
                    .or(this::unread);
        } catch (NoMaster e) {
            return Optional.of(e.getMessage() + "; payloads wait in the log until then");
        } catch (JedisException e) {
            return Optional.of("Redis does not answer; payloads wait in the log until it does");
        }
    }

    private Optional<String> unfit(Partition partition) {
        try {
            return RedisKind.unfit(connections, partition.redis().info("server"));
        } catch (JedisDataException e) {
            partition.redis().ping(); // only not ours to ask here
            return Optional.empty();
        }
    }

    private Optional<String> tooFew() {
        int unknown = redis.unknown();
        return unknown == 0
                ? Optional.empty()
                : Optional.of("TWOTICK_REDIS_PARTITIONS is " + redis.all().size() + " here, and "
                        + (redis.all().size() + unknown) + " for ingest: give every worker as many, or nobody reads the"
                        + " others");
    }

    private Optional<String> unread() {
        return streamIsRead.getAsBoolean()
                ? Optional.empty()
                : Optional.of("the stream cannot be read; the log says why (stream=fault)");
    }
}
