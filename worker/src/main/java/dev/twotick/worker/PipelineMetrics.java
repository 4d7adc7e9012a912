package dev.twotick.worker;

import dev.twotick.worker.apply.EventApplier;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.function.Supplier;

/// What the pipeline did: `twotick_payloads_total{state}`, `twotick_facts_total{outcome}`, and how long each of its
/// stages took for a batch: `twotick_stage_seconds{stage}`.
final class PipelineMetrics {
    private final Counter processed;
    private final Counter failed;
    private final Counter applied;
    private final Counter duplicates;
    private final Counter failedItems;
    private final Timer interpret;
    private final Timer seen;
    private final Timer apply;

    PipelineMetrics(MeterRegistry registry) {
        processed = payloads(registry, "processed");
        failed = payloads(registry, "failed");
        applied = facts(registry, "applied");
        duplicates = facts(registry, "duplicate");
        failedItems = facts(registry, "failed");
        interpret = stage(registry, "interpret");
        seen = stage(registry, "seen");
        apply = stage(registry, "apply");
    }

    void count(EventApplier.Result result) {
        (result.failed() == 0 ? processed : failed).increment();
        applied.increment(result.fresh());
        failedItems.increment(result.failed());
        duplicates.increment(result.known() + result.payload().duplicates());
    }

    <T> T interpret(Supplier<T> work) {
        return interpret.record(work);
    }

    <T> T seen(Supplier<T> work) {
        return seen.record(work);
    }

    /// All transactions of a batch.
    <T> T apply(Supplier<T> work) {
        return apply.record(work);
    }

    private static Timer stage(MeterRegistry registry, String stage) {
        return Timer.builder("twotick.stage")
                .description("a batch in this stage, whether or not that went well")
                .tag("stage", stage)
                .register(registry);
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
