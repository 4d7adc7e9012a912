package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import java.util.ArrayList;
import java.util.List;

/// What both processes occupy, heap and all, under an even load in heaps of 512 MiB.
record MemoryScenario() implements Scenario {
    private static final double RATE = 1_000;
    private static final double SLICES = 30;
    private static final double MIB = 1 << 20;

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String says() {
        return "memory of both processes in heaps of 512 MiB, 1,000 events/s with hooks, flat over 30 minutes";
    }

    @Override
    public boolean isLong() {
        return true;
    }

    @Override
    public void measure(Run run) {
        double seconds = run.secondsOr(1_800) / SLICES;
        var ingest = new ArrayList<Double>();
        var worker = new ArrayList<Double>();
        try (var stack = new Stack(run.servers(), run.mine()).startIngest()) {
            stack.startWorker("consume,deliver", run.load().hookUrl());
            for (int slice = 1; slice <= SLICES; slice++) {
                long first = run.load().first((long) (RATE * seconds));
                var outcome = run.load()
                        .post(Order.open(stack.port(), 16, RATE, seconds, first, Shape.SINGLE)
                                .waitingForHooks());
                ingest.add(stack.ingestBytes() / MIB);
                worker.add(stack.workerBytes() / MIB);
                run.say("memory, %d of %.0f: ingest %.0f MiB, worker %.0f MiB; p99 to the hook %.0f ms"
                        .formatted(
                                slice,
                                SLICES,
                                ingest.getLast(),
                                worker.getLast(),
                                outcome.hook().p99()));
            }
        }
        report(run, "ingest", ingest);
        report(run, "worker", worker);
    }

    /// The first third is growth up to what the heap is allowed.
    private void report(Run run, String process, List<Double> samples) {
        int third = samples.size() / 3;
        run.add(Line.of(
                        name(),
                        process + ", resident, last third",
                        Median.of(samples.subList(2 * third, samples.size())),
                        "MiB")
                .against("second third", Median.of(samples.subList(third, 2 * third)))
                .atMost(1.1));
    }
}
