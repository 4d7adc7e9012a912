package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import java.util.List;

/// All that there are, in the order in which a whole run takes them.
final class Scenarios {
    private static final Shape SINGLE = Shape.SINGLE;
    private static final Shape THOUSAND = SINGLE.withUpdates(1_000);

    static final List<Scenario> ALL = List.of(
            new IngestScenario(),
            new FirstScenario(),
            new StartScenario(),
            new DrainScenario("drain", "worker, events/s from a full stream, one event a payload", SINGLE, 3),
            new BatchOfOneScenario(),
            new DrainScenario("batch10", "worker, events/s, 10 updates a payload", SINGLE.withUpdates(10), 0),
            new DrainScenario("batch100", "worker, events/s, 100 updates a payload", SINGLE.withUpdates(100), 0),
            new DrainScenario("batch1000", "worker, events/s, 1,000 updates a payload", THOUSAND, 0),
            new VariantScenario(
                    "names",
                    "worker, events/s, a profile name that changes in every tenth message",
                    0.8,
                    run -> run.filledWith(SINGLE),
                    run -> run.filledWith(SINGLE.withRenamed(10)),
                    VariantScenario.NOTHING),
            new VariantScenario(
                    "erased",
                    "worker, events/s, after a first erasure",
                    0.8,
                    run -> run.filledWith(SINGLE),
                    run -> run.filledWith(SINGLE),
                    Scenarios::eraseSomebody),
            new VariantScenario(
                    "history",
                    "worker, items/s, 1,000 history items a payload against 1,000 updates",
                    0.8,
                    run -> run.filledWith(THOUSAND),
                    run -> run.filledWith(new Shape(1_000, SINGLE.people(), 0, true)),
                    VariantScenario.NOTHING),
            new VariantScenario(
                    "storm",
                    "worker, payloads/s, each posted 5 times",
                    1,
                    run -> run.filledWith(SINGLE),
                    run -> run.filledWith(SINGLE).eachTimes(5),
                    VariantScenario.NOTHING),
            new VariantScenario(
                    "overview",
                    "worker, events/s, while somebody looks at the overview",
                    0.95,
                    run -> run.filledWith(SINGLE),
                    run -> run.filledWith(SINGLE),
                    (_, stack) -> OpenOverview.at(stack)),
            new LatencyScenario(),
            new ThroughputScenario("hooks", "POST to hook, as fast as it goes, 64 connections", 64, 15, 2, false),
            new DeliverScenario(),
            new NeighbourScenario(),
            new SizingScenario(),
            new PagesScenario(),
            new LiveScenario(),
            new ThroughputScenario("sustained", "ingest, worker and one hook endpoint for 3 minutes", 64, 180, 1, true),
            new MemoryScenario(),
            new TenMillionScenario());

    private Scenarios() {}

    /// Of whom nobody else talks.
    private static void eraseSomebody(Run run, Stack stack) {
        var strangers = new Shape(1, Integer.MAX_VALUE, 0, false);
        long first = run.load().first(1);
        run.load().post(Order.all(stack.port(), 1, 1, first, strangers));
        stack.resumeWorker();
        stack.awaitEmptyStream();
        stack.pauseWorker();
        stack.forget("+" + strangers.waId(first));
    }
}
