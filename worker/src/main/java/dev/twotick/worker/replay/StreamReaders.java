package dev.twotick.worker.replay;

import static dev.twotick.model.queue.PayloadStreams.GROUP;
import static dev.twotick.model.queue.PayloadStreams.PAYLOADS;

import java.time.Duration;
import java.util.List;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.resps.StreamConsumerInfo;

/// Who reads the stream.
final class StreamReaders {
    /// A consumer reads every second or so, and heartbeats while it works.
    private static final Duration DEAD_AFTER = Duration.ofSeconds(30);

    private final RedisClient redis;

    StreamReaders(RedisClient redis) {
        this.redis = redis;
    }

    /// For a person who waits.
    String whyNothingMoves() {
        long entries = redis.xlen(PAYLOADS);
        if (!anyAlive()) {
            return "no worker reads the stream (" + entries + " entries wait): start one, or replay --in-process";
        }
        return entries + " entries in the stream; its workers are busy or wait for the database";
    }

    private boolean anyAlive() {
        try {
            List<StreamConsumerInfo> consumers = redis.xinfoConsumers2(PAYLOADS, GROUP);
            return consumers.stream().anyMatch(consumer -> consumer.getIdle() < DEAD_AFTER.toMillis());
        } catch (JedisDataException e) { // no stream or no group: nobody ever read
            return false;
        }
    }
}
