package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
import java.util.List;

/// What the first seconds after a start are like, first for those who post, then for those who wait for hooks. The
/// build is trained before, as `./twotick up` does it behind the first start.
record StartScenario() implements Scenario {
    private static final int CONNECTIONS = 64;
    private static final int CONNECTIONS_WITH_HOOKS = 32;
    private static final int FASTEST = 25_000;
    private static final int WARM_BY = 10;
    private static final int WITH_HOOKS = 15;

    @Override
    public String name() {
        return "start";
    }

    @Override
    public String says() {
        return "the first seconds after a start, against the same process once it is warm";
    }

    @Override
    public void measure(Run run) {
        for (var build : run.builds()) {
            try (var stack = new Stack(run.servers(), build.trained())) {
                ingest(run, stack);
            }
            try (var stack = new Stack(run.servers(), build)) {
                hooks(run, stack);
            }
        }
    }

    private static void ingest(Run run, Stack stack) {
        double seconds = run.secondsOr(25);
        int requests = (int) (FASTEST * seconds);
        long first = run.load().first(requests);
        run.load().prepare(Order.closed(stack.port(), CONNECTIONS, seconds, requests, first, Shape.SINGLE));
        stack.startIngest();
        var outcome = run.load().go();
        run.say("start %s, ingest: answered a second: %s; p99 of the first 5 s %.0f ms"
                .formatted(
                        stack.build().name(), outcome.answers(), outcome.early().p99()));
        int count = outcome.answers().size() - 1; // the last second is not whole
        double steady = mean(outcome.answers(), Math.max(0, count - 5), count);
        add(
                run,
                stack,
                Line.of(
                                "start",
                                "ingest, requests/s in second " + WARM_BY,
                                mean(outcome.answers(), WARM_BY - 1, WARM_BY),
                                "/s")
                        .against("its last five seconds", steady)
                        .atLeast(0.8));
        add(
                run,
                stack,
                Line.of("start", "ingest, p99 of the first 5 s", outcome.early().p99(), "ms")
                        .atMost(100));
    }

    private static void hooks(Run run, Stack stack) {
        stack.startIngest();
        stack.startWorker("consume,deliver", run.load().hookUrl());
        double seconds = Math.min(WITH_HOOKS, run.secondsOr(WITH_HOOKS));
        var outcome = post(run, stack, seconds);
        var steady = post(run, stack, seconds);
        run.say("start %s, hooks a second: %s; then %s; latest %.1f s"
                .formatted(
                        stack.build().name(),
                        outcome.arrivals(),
                        steady.arrivals(),
                        outcome.hook().max() / 1e3));
        add(
                run,
                stack,
                Line.of("start", "hooks/s in seconds 10 to 15", mean(outcome.arrivals(), WARM_BY, WITH_HOOKS), "/s")
                        .against("15 s later", mean(steady.arrivals(), WARM_BY, WITH_HOOKS))
                        .atLeast(0.8));
        add(
                run,
                stack,
                Line.of("start", "latest hook of the first 15 s", outcome.hook().max() / 1e3, "s")
                        .atMost(2));
    }

    private static Outcome post(Run run, Stack stack, double seconds) {
        int requests = (int) (FASTEST / 2 * seconds);
        long first = run.load().first(requests);
        return run.load()
                .post(Order.closed(stack.port(), CONNECTIONS_WITH_HOOKS, seconds, requests, first, Shape.SINGLE)
                        .waitingForHooks());
    }

    /// Of the other build the line stands there to compare; nothing is asked of it.
    private static void add(Run run, Stack stack, Line line) {
        run.add(
                stack.build().equals(run.mine())
                        ? line
                        : new Line(
                                line.scenario(),
                                line.what(),
                                line.figure(),
                                line.reference(),
                                Line.NOTHING,
                                stack.build().name()));
    }

    /// Of seconds `from` to `to`, as far as there are so many.
    private static double mean(List<Integer> seconds, int from, int to) {
        return seconds.stream()
                .skip(from)
                .limit(Math.max(0, to - from))
                .mapToInt(Integer::intValue)
                .average()
                .orElse(Double.NaN);
    }
}
