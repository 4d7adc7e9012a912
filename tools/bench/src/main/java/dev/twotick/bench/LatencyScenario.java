package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// From when a post is due to the arrival of its hook, at rates that leave the machine idle.
record LatencyScenario() implements Scenario {
    private static final int CONNECTIONS = 16;
    /// A JVM that has compiled what it needs; before, the same post takes ten times as long.
    private static final double WARM_SECONDS = 20;

    private static final int WARM_CONNECTIONS = 32;
    private static final int FASTEST = 6_000;
    /// What fell due while a process stood still is done by then.
    private static final long AWAKE_MILLIS = 500;

    /// @param p50 asked, in milliseconds; so p99
    private record Rate(double perSecond, double p50, double p99) {}

    private static final List<Rate> RATES = List.of(new Rate(1, 5, 10), new Rate(200, 5, 15), new Rate(2_000, 10, 40));

    @Override
    public String name() {
        return "latency";
    }

    @Override
    public String says() {
        return "POST to hook received: one a second, 200 and 2,000 a second";
    }

    @Override
    public void measure(Run run) {
        var stacks = run.stacks();
        try {
            for (var stack : stacks) {
                stack.startWorker("consume,deliver", run.load().hookUrl());
                warm(run, stack);
                stack.pauseWorker();
            }
            for (var rate : RATES) {
                measure(run, stacks, rate);
            }
        } finally {
            stacks.forEach(Stack::close);
        }
    }

    private static void warm(Run run, Stack stack) {
        double seconds = Math.min(WARM_SECONDS, run.secondsOr(WARM_SECONDS) * 2);
        int requests = (int) (FASTEST * seconds);
        var outcome = run.load()
                .post(Order.closed(
                                stack.port(),
                                WARM_CONNECTIONS,
                                seconds,
                                requests,
                                run.load().first(requests),
                                Shape.SINGLE)
                        .waitingForHooks());
        run.say("latency %s, warming: %.0f accepted/s, hooks a second: %s"
                .formatted(stack.build().name(), outcome.perSecond(), outcome.arrivals()));
    }

    /// Each build in turn, while the other's worker stands still.
    private static void measure(Run run, List<Stack> stacks, Rate rate) {
        var outcomes = stacks.stream().map(_ -> new ArrayList<Outcome>()).toList();
        for (int turn = 1; turn <= run.turns(); turn++) {
            for (int i = 0; i < stacks.size(); i++) {
                var stack = stacks.get(i);
                stack.resumeWorker();
                Pause.millis(AWAKE_MILLIS);
                outcomes.get(i).add(measure(run, stack, rate, turn));
                stack.pauseWorker();
            }
        }
        report(run, outcomes, rate, "p50", rate.p50(), Outcome.Times::p50);
        report(run, outcomes, rate, "p99", rate.p99(), Outcome.Times::p99);
    }

    private static Outcome measure(Run run, Stack stack, Rate rate, int turn) {
        double seconds = run.secondsOr(20);
        var cpu = stack.cpu();
        var outcome = post(run, stack, rate.perSecond(), seconds);
        run.say(("latency %s, %.0f a second, turn %d: to the hook p50 %.1f p90 %.1f p99 %.1f max %.0f ms; answered"
                        + " p50 %.1f p99 %.1f ms; %d of %d hooks missing, %d posts refused; %s, generator %.2f")
                .formatted(
                        stack.build().name(),
                        rate.perSecond(),
                        turn,
                        outcome.hook().p50(),
                        outcome.hook().p90(),
                        outcome.hook().p99(),
                        outcome.hook().max(),
                        outcome.post().p50(),
                        outcome.post().p99(),
                        outcome.missing(),
                        outcome.accepted(),
                        outcome.refused(),
                        stack.cpu().since(cpu).over(seconds),
                        outcome.cores()));
        return outcome;
    }

    /// What is asked is asked of the figure; the other build's stands beside it.
    private static void report(
            Run run,
            List<ArrayList<Outcome>> outcomes,
            Rate rate,
            String percentile,
            double asked,
            ToDoubleFunction<Outcome.Times> of) {
        var medians = outcomes.stream()
                .map(turns -> Median.of(turns.stream()
                        .map(turn -> of.applyAsDouble(turn.hook()))
                        .toList()))
                .toList();
        var line = Line.of(
                        "latency",
                        "POST to hook, %.0f a second, %s".formatted(rate.perSecond(), percentile),
                        medians.getFirst(),
                        "ms")
                .atMost(asked);
        run.add(run.against()
                .map(other -> line.noting(other.name() + ": " + Table.number(medians.getLast()) + " ms"))
                .orElse(line));
    }

    private static Outcome post(Run run, Stack stack, double rate, double seconds) {
        long first = run.load().first((long) Math.ceil(rate * seconds));
        return run.load()
                .post(Order.open(stack.port(), CONNECTIONS, rate, seconds, first, Shape.SINGLE)
                        .waitingForHooks());
    }
}
