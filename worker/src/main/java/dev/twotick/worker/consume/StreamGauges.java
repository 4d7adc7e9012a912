package dev.twotick.worker.consume;

import static dev.twotick.model.queue.PayloadStreams.GROUP;
import static dev.twotick.model.queue.PayloadStreams.PAYLOADS;
import static dev.twotick.model.queue.PayloadStreams.TO_LOG;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisDataException;

/// How much waits in the stream. The stream holds only work to do, so its length is the lag in entries, and the age of
/// its first entry the lag in time.
final class StreamGauges {
    private final RedisClient redis;
    private volatile double entries = Double.NaN;
    private volatile double pending = Double.NaN;
    private volatile double toLog = Double.NaN;
    private volatile double oldestSeconds = Double.NaN;

    StreamGauges(RedisClient redis, MeterRegistry registry) {
        this.redis = redis;
        registry.gauge("twotick.stream.entries", this, gauges -> gauges.entries);
        registry.gauge("twotick.stream.pending", this, gauges -> gauges.pending);
        registry.gauge("twotick.stream.to.log", this, gauges -> gauges.toLog);
        registry.gauge("twotick.stream.oldest.seconds", this, gauges -> gauges.oldestSeconds);
    }

    void sample() {
        entries = redis.xlen(PAYLOADS);
        toLog = redis.xlen(TO_LOG);
        oldestSeconds = oldestSeconds();
        try {
            pending = redis.xpending(PAYLOADS, GROUP).getTotal();
        } catch (JedisDataException e) { // no group yet: a consumer makes it
            pending = 0;
        }
    }

    /// By Redis' own clock, which also made the entry's id.
    private double oldestSeconds() {
        List<Object> first = redis.xrange(PAYLOADS.getBytes(UTF_8), "-".getBytes(US_ASCII), "+".getBytes(US_ASCII), 1);
        if (first.isEmpty()
                || !(first.getFirst() instanceof List<?> entry)
                || !(entry.getFirst() instanceof byte[] id)) {
            return 0;
        }
        Object now = redis.eval("return redis.call('TIME')[1]", 0);
        long seconds = Long.parseLong(String.valueOf(now));
        return Math.max(0, seconds - new StreamEntryID(id).getTime() / 1000.0);
    }
}
