package dev.twotick.bench;

import dev.twotick.bench.load.Order.Shape;
import java.util.List;

/// All that there are, in the order in which a whole run takes them.
final class Scenarios {
    static final List<Scenario> ALL = List.of(
            new IngestScenario(),
            new DrainScenario("drain", "worker, events/s from a full stream, one event a payload", Shape.SINGLE, 3),
            new DrainScenario("batch100", "worker, events/s, 100 updates a payload", Shape.SINGLE.withUpdates(100), 3),
            new LatencyScenario());

    private Scenarios() {}
}
