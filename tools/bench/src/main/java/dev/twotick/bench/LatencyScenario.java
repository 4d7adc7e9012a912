package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
import java.util.ArrayList;
import java.util.List;

/// From when a post is due to the arrival of its hook, at rates that leave the machine idle.
record LatencyScenario() implements Scenario {
    private static final int CONNECTIONS = 16;
    /// A JVM that has compiled what it needs; before, the same post takes ten times as long.
    private static final double WARM_SECONDS = 20;

    private static final int WARM_CONNECTIONS = 32;
    private static final int FASTEST = 6_000;

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

    private static void measure(Run run, List<Stack> stacks, Rate rate) {
        var outcomes = new ArrayList<Outcome>();
        for (var stack : stacks) {
            double seconds = run.secondsOr(20);
            var cpu = stack.cpu();
            var outcome = post(run, stack, rate.perSecond(), seconds);
            run.say(("latency %s, %.0f a second: to the hook p50 %.1f p90 %.1f p99 %.1f max %.0f ms; answered p50 %.1f"
                            + " p99 %.1f ms; %d of %d hooks missing; %s")
                    .formatted(
                            stack.build().name(),
                            rate.perSecond(),
                            outcome.hook().p50(),
                            outcome.hook().p90(),
                            outcome.hook().p99(),
                            outcome.hook().max(),
                            outcome.post().p50(),
                            outcome.post().p99(),
                            outcome.missing(),
                            outcome.accepted(),
                            stack.cpu().since(cpu).over(seconds)));
            outcomes.add(outcome);
        }
        var what = "POST to hook, %.0f a second, ".formatted(rate.perSecond());
        var mine = outcomes.getFirst().hook();
        run.add(Line.of("latency", what + "p50" + beside(run, outcomes, true), mine.p50(), "ms")
                .atMost(rate.p50()));
        run.add(Line.of("latency", what + "p99" + beside(run, outcomes, false), mine.p99(), "ms")
                .atMost(rate.p99()));
    }

    private static String beside(Run run, List<Outcome> outcomes, boolean p50) {
        return run.against()
                .map(other -> {
                    var hook = outcomes.get(1).hook();
                    return " (" + other.name() + ": " + Table.number(p50 ? hook.p50() : hook.p99()) + ")";
                })
                .orElse("");
    }

    private static Outcome post(Run run, Stack stack, double rate, double seconds) {
        long first = run.load().first((long) Math.ceil(rate * seconds));
        return run.load()
                .post(Order.open(stack.port(), CONNECTIONS, rate, seconds, first, Shape.SINGLE)
                        .waitingForHooks());
    }
}
