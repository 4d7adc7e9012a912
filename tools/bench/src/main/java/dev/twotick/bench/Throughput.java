package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;

/// Posts as fast as they are answered, the worker and a receiver beside it: what comes out at the other end.
///
/// @param delivered hooks a second, from the first post to the last hook
record Throughput(double delivered, Outcome outcome) {
    private static final int FASTEST = 10_000;

    /// @param stack whose ingest and worker run
    static Throughput of(Run run, Stack stack, String what, int connections, double seconds) {
        int requests = (int) (FASTEST * seconds);
        long first = run.load().first(requests);
        var cpu = stack.cpu();
        var outcome = run.load()
                .post(Order.closed(stack.port(), connections, seconds, requests, first, Shape.SINGLE)
                        .waitingForHooks());
        int until = outcome.arrivals().size();
        double delivered =
                outcome.arrivals().stream().mapToInt(Integer::intValue).sum() / Math.max(seconds, lastSecond(until));
        run.say(
                "%s %s: accepted %.0f/s, delivered %.0f/s, to the hook p50 %.0f p99 %.0f ms, %d missing; %s, generator %.2f"
                        .formatted(
                                what,
                                stack.build().name(),
                                outcome.perSecond(),
                                delivered,
                                outcome.hook().p50(),
                                outcome.hook().p99(),
                                outcome.missing(),
                                stack.cpu().since(cpu).over(Math.max(seconds, until)),
                                outcome.cores()));
        run.say("    hooks a second: " + outcome.arrivals());
        return new Throughput(delivered, outcome);
    }

    /// The last hook came within it, half of it on average.
    private static double lastSecond(int until) {
        return until - 0.5;
    }
}
