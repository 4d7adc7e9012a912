package dev.twotick.worker.consume;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;

/// What the consumers of this process did.
final class ConsumerMetrics {
    private final Counter read;
    private final Counter acknowledged;
    private final Counter foreign;
    private final Counter takenOver;
    private final Counter ghosts;
    private final Counter faults;
    private final DistributionSummary batch;

    ConsumerMetrics(MeterRegistry registry) {
        read = counter(registry, "read", "entries read from the stream");
        acknowledged = counter(registry, "acknowledged", "entries done, and out of the stream");
        foreign = counter(registry, "foreign", "entries that no ingest wrote; they are dropped");
        takenOver = counter(registry, "taken.over", "entries of a consumer that is gone");
        ghosts = counter(registry, "ghosts", "entries taken over that were no longer there");
        faults = counter(registry, "faults", "turns of a consumer that an exception ended");
        batch = DistributionSummary.builder("twotick.stream.batch.payloads")
                .description("payloads in one batch")
                .register(registry);
    }

    private static Counter counter(MeterRegistry registry, String name, String says) {
        return Counter.builder("twotick.stream." + name).description(says).register(registry);
    }

    void read(int entries, int foreignEntries) {
        read.increment(entries);
        foreign.increment(foreignEntries);
    }

    void takenOver(int entries, int ghostEntries) {
        takenOver.increment(entries);
        ghosts.increment(ghostEntries);
    }

    void batch(int payloads) {
        batch.record(payloads);
    }

    void acknowledged(int entries) {
        acknowledged.increment(entries);
    }

    void fault() {
        faults.increment();
    }
}
