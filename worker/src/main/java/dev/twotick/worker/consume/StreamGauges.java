package dev.twotick.worker.consume;

import dev.twotick.queue.StreamState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;
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
        gauge(registry, "entries", "payloads in the stream, which holds only work to do", gauges -> gauges.entries);
        gauge(registry, "pending", "of these, the ones that a consumer has in hand", gauges -> gauges.pending);
        gauge(registry, "to.log", "payloads that PostgreSQL does not have yet", gauges -> gauges.toLog);
        gauge(registry, "oldest.seconds", "age of the stream's first payload", gauges -> gauges.oldestSeconds);
    }

    private void gauge(MeterRegistry registry, String name, String says, ToDoubleFunction<StreamGauges> value) {
        Gauge.builder("twotick.stream." + name, this, value).description(says).register(registry);
    }

    void sample() {
        entries = stream.length();
        toLog = stream.toLog();
        oldestSeconds = stream.oldestSeconds();
        pending = stream.pending();
    }
}
