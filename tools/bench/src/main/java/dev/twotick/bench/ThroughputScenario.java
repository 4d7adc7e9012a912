package dev.twotick.bench;

import java.util.ArrayList;
import java.util.List;

/// Ingest, worker and one hook endpoint together, as fast as it goes; each build in turn, while the other's worker
/// stands still.
///
/// @param turns at most
record ThroughputScenario(String name, String says, int connections, double usually, int turns, boolean isLong)
        implements Scenario {
    private static final double WARM_SECONDS = 15;

    @Override
    public void measure(Run run) {
        var rates = new ArrayList<List<Double>>();
        double seconds = run.secondsOr(usually);
        var stacks = run.stacks();
        try {
            for (var stack : stacks) {
                stack.startWorker("consume,deliver", run.load().hookUrl());
                Throughput.of(run, stack, name + ", warming,", connections, Math.min(WARM_SECONDS, seconds));
                stack.pauseWorker();
                rates.add(new ArrayList<>());
            }
            for (int turn = 1; turn <= Math.min(turns, run.turns()); turn++) {
                for (int i = 0; i < stacks.size(); i++) {
                    var stack = stacks.get(i);
                    stack.resumeWorker();
                    rates.get(i)
                            .add(Throughput.of(run, stack, name + ", turn " + turn + ",", connections, seconds)
                                    .delivered());
                    stack.pauseWorker();
                }
            }
        } finally {
            stacks.forEach(Stack::close);
        }
        var line = Line.of(
                name, "POST to hook, delivered/s, %.0f s".formatted(seconds), Median.of(rates.getFirst()), "/s");
        run.add(run.against()
                .map(other ->
                        line.against(other.name(), Median.of(rates.getLast())).atLeast(2))
                .orElse(line));
    }
}
