package dev.twotick.bench;

import java.util.ArrayList;

/// Ingest, worker and one hook endpoint together, as fast as it goes.
record ThroughputScenario(String name, String says, int connections, double usually, boolean isLong)
        implements Scenario {
    private static final double WARM_SECONDS = 15;

    @Override
    public void measure(Run run) {
        var rates = new ArrayList<Double>();
        double seconds = run.secondsOr(usually);
        var stacks = run.stacks();
        try {
            for (var stack : stacks) {
                stack.startWorker("consume,deliver", run.load().hookUrl());
                Throughput.of(run, stack, name + ", warming,", connections, Math.min(WARM_SECONDS, seconds));
                var measured = Throughput.of(run, stack, name, connections, seconds);
                rates.add(measured.delivered());
                if (measured.outcome().missing() > 0) {
                    run.say("    hooks that had not come after ten seconds without any: "
                            + measured.outcome().missing());
                }
                stack.stopWorker();
                stack.stopIngest();
            }
        } finally {
            stacks.forEach(Stack::close);
        }
        var line = Line.of(name, "POST to hook, delivered/s, %.0f s".formatted(seconds), rates.getFirst(), "/s");
        run.add(run.against()
                .map(other -> line.against(other.name(), rates.getLast()).atLeast(2))
                .orElse(line));
    }
}
