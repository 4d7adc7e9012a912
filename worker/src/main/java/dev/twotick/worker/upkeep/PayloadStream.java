package dev.twotick.worker.upkeep;

import static dev.twotick.model.queue.PayloadStreams.PAYLOADS;

import java.util.List;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;

/// Where the stream's end is, and whether anything lies before a point of it.
final class PayloadStream {
    private static final String MARK = "twotick:stream-mark";
    static final StreamEntryID START = new StreamEntryID(0, 0);

    private final RedisClient redis;

    PayloadStream(RedisClient redis) {
        this.redis = redis;
    }

    /// The last id it ever gave, [#START] when there is no stream.
    StreamEntryID lastId() {
        try {
            StreamEntryID last = redis.xinfoStream(PAYLOADS).getLastGeneratedId();
            return last == null ? START : last;
        } catch (JedisDataException e) {
            if (String.valueOf(e.getMessage()).contains("no such key")) {
                return START;
            }
            throw e;
        }
    }

    /// Whether [#mark] was called in this life of Redis' data.
    boolean isMarked() {
        return redis.exists(MARK);
    }

    /// @return whether Redis took it
    boolean mark() {
        try {
            redis.set(MARK, "1");
            return true;
        } catch (JedisDataException e) {
            if (String.valueOf(e.getMessage()).startsWith("OOM")) {
                return false;
            }
            throw e;
        }
    }

    boolean holdsAnyUpTo(StreamEntryID last) {
        List<?> first = redis.xrange(PAYLOADS, START, last, 1);
        return !first.isEmpty();
    }
}
