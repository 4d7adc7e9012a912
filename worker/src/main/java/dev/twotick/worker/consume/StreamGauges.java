package dev.twotick.worker.consume;

import dev.twotick.queue.StreamState;
import io.micrometer.core.instrument.MeterRegistry;
import redis.clients.jedis.RedisClient;

/// How much waits in the stream. The stream holds only work to do, so its length is the lag in entries, and the age of
/// its first entry the lag in time.
final class StreamGauges {
    private final StreamState stream;
    private volatile double entries = Double.NaN;
    private volatile double pending = Double.NaN;
    private volatile double toLog = Double.NaN;
    private volatile double oldestSeconds = Double.NaN;

    StreamGauges(RedisClient redis, MeterRegistry registry) {
        this.stream = new StreamState(redis);
        registry.gauge("twotick.stream.entries", this, gauges -> gauges.entries);
        registry.gauge("twotick.stream.pending", this, gauges -> gauges.pending);
        registry.gauge("twotick.stream.to.log", this, gauges -> gauges.toLog);
        registry.gauge("twotick.stream.oldest.seconds", this, gauges -> gauges.oldestSeconds);
    }

    void sample() {
        entries = stream.length();
        toLog = stream.toLog();
        oldestSeconds = stream.oldestSeconds();
        pending = stream.pending();
    }
}
