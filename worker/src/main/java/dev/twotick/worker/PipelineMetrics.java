package dev.twotick.worker;

import dev.twotick.worker.apply.EventApplier;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/// What the pipeline did: `twotick_payloads_total{state}`, `twotick_facts_total{outcome}`.
final class PipelineMetrics {
    private final Counter processed;
    private final Counter failed;
    private final Counter applied;
    private final Counter duplicates;
    private final Counter failedItems;

    PipelineMetrics(MeterRegistry registry) {
        processed = payloads(registry, "processed");
        failed = payloads(registry, "failed");
        applied = facts(registry, "applied");
        duplicates = facts(registry, "duplicate");
        failedItems = facts(registry, "failed");
    }

    void count(EventApplier.Result result) {
        (result.failed() == 0 ? processed : failed).increment();
        applied.increment(result.fresh());
        failedItems.increment(result.failed());
        duplicates.increment(result.known() + result.payload().duplicates());
    }

    private static Counter payloads(MeterRegistry registry, String state) {
        return Counter.builder("twotick.payloads")
                .description("payloads that have their outcome")
                .tag("state", state)
                .register(registry);
    }

    private static Counter facts(MeterRegistry registry, String outcome) {
        return Counter.builder("twotick.facts")
                .description("messages, statuses and notices in them")
                .tag("outcome", outcome)
                .register(registry);
    }
}
