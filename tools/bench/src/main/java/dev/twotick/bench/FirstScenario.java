package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// How long nobody is at the door after ingest was started; the stores are up.
record FirstScenario() implements Scenario {
    private static final int STARTS = 10;

    @Override
    public String name() {
        return "first-200";
    }

    @Override
    public String says() {
        return "ingest, from its start to the first 200, median of " + STARTS;
    }

    @Override
    public void measure(Run run) {
        var medians = new ArrayList<Double>();
        for (var build : run.builds()) {
            try (var stack = new Stack(run.servers(), build.trained())) {
                var times = new ArrayList<Double>();
                for (int i = 0; i < STARTS; i++) {
                    times.add(start(run, stack));
                }
                run.say("first-200 " + build.name() + ": " + words(times) + " s");
                medians.add(Median.of(times));
            }
        }
        var line = Line.of(name(), says(), medians.getFirst(), "s").atMost(0.8);
        run.add(run.against()
                .map(other -> line.noting(other.name() + ": " + Table.number(medians.getLast()) + " s"))
                .orElse(line));
    }

    private static String words(List<Double> times) {
        return times.stream().map(Table::number).collect(Collectors.joining(" "));
    }

    private static double start(Run run, Stack stack) {
        run.load().prepare(Order.all(stack.port(), 1, 1, run.load().first(1), Shape.SINGLE));
        long start = System.nanoTime();
        stack.launchIngest();
        run.load().go();
        double seconds = (System.nanoTime() - start) / 1e9;
        stack.stopIngest();
        return seconds;
    }
}
