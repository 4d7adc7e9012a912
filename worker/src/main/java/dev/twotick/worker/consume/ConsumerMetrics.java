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
        read = registry.counter("twotick.stream.read");
        acknowledged = registry.counter("twotick.stream.acknowledged");
        foreign = registry.counter("twotick.stream.foreign");
        takenOver = registry.counter("twotick.stream.taken.over");
        ghosts = registry.counter("twotick.stream.ghosts");
        faults = registry.counter("twotick.stream.faults");
        batch = DistributionSummary.builder("twotick.stream.batch.payloads").register(registry);
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
