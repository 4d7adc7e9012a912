package dev.twotick.worker.consume;

import dev.twotick.queue.Partition;
import dev.twotick.queue.StreamState;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/// How much waits in the streams. They hold only work to do, so their length is the lag in entries, and the age
/// of the first entry the lag in time.
final class StreamGauges {
    private final List<Sample> samples = new CopyOnWriteArrayList<>();

    StreamGauges(MeterRegistry registry) {
        gauge(registry, "entries", "payloads in the stream, which holds only work to do", () -> sum(s -> s.entries));
        gauge(registry, "pending", "of these, the ones that a consumer has in hand", () -> sum(s -> s.pending));
        gauge(registry, "to.log", "payloads that PostgreSQL does not have yet", () -> sum(s -> s.toLog));
        gauge(
                registry,
                "oldest.seconds",
                "age of the stream's first payload",
                () -> of(s -> s.oldestSeconds).max().orElse(Double.NaN));
    }

    /// What one of the streams held when it was asked last.
    static final class Sample {
        private final StreamState stream;
        private volatile double entries = Double.NaN;
        private volatile double pending = Double.NaN;
        private volatile double toLog = Double.NaN;
        private volatile double oldestSeconds = Double.NaN;

        private Sample(Partition partition) {
            stream = new StreamState(partition);
        }

        void take() {
            entries = stream.length();
            toLog = stream.toLog();
            oldestSeconds = stream.oldestSeconds();
            pending = stream.pending();
        }
    }

    Sample of(Partition partition) {
        Sample sample = new Sample(partition);
        samples.add(sample);
        return sample;
    }

    private double sum(ToDoubleFunction<Sample> value) {
        return of(value).reduce(Double::sum).orElse(Double.NaN);
    }

    /// Of those that have answered.
    private DoubleStream of(ToDoubleFunction<Sample> value) {
        return samples.stream().mapToDouble(value).filter(known -> !Double.isNaN(known));
    }

    private static void gauge(MeterRegistry registry, String name, String says, Supplier<Number> value) {
        Gauge.builder("twotick.stream." + name, value).description(says).register(registry);
    }
}
