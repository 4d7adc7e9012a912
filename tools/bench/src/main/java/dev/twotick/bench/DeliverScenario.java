package dev.twotick.bench;

import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.reference.HookLoop;
import dev.twotick.devstack.Child;
import dev.twotick.devstack.Program;
import dev.twotick.devstack.StackFailure;
import java.util.List;
import java.util.Map;

/// Hook calls that are owed already, to a receiver that does nothing, against the same HTTP client in a bare loop.
record DeliverScenario() implements Scenario {
    private static final double FROM = 0.1;
    private static final double TO = 0.95;
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    @Override
    public String name() {
        return "deliver";
    }

    @Override
    public String says() {
        return "hook deliveries/s to a fast receiver, against the same HTTP client in a bare loop";
    }

    @Override
    public void measure(Run run) {
        var fill = run.filledWith(Shape.SINGLE);
        double rate;
        try (var stack = new Stack(run.servers(), run.mine()).startIngest()) {
            run.fill(stack, fill);
            stack.startWorker("deliver", run.load().hookUrl()); // this role makes the endpoint of the settings known
            stack.stopWorker();
            stack.startWorker("consume", run.load().hookUrl());
            stack.awaitEmptyStream();
            stack.stopWorker();
            long before = run.load().calls();
            stack.startWorker("deliver", run.load().hookUrl());
            rate = watch(run, before, fill.payloads());
            run.say("deliver: %.0f calls/s".formatted(rate));
        }
        double loop = bareLoop(run, fill.payloads() / 2);
        run.say("deliver, bare loop: %.0f calls/s".formatted(loop));
        run.add(Line.of("deliver", "hook deliveries/s to a fast receiver", rate, "/s")
                .against("its HTTP client, bare", loop)
                .atLeast(0.5));
    }

    private static double watch(Run run, long before, int owed) {
        long from = 0;
        long fromCalls = 0;
        long calls = 0;
        long last = System.nanoTime();
        while (calls < owed * TO) {
            long now = System.nanoTime();
            long came = run.load().calls() - before;
            if (came > calls) {
                calls = came;
                last = now;
            } else if (now - last > PATIENCE_NANOS) {
                throw new StackFailure("of " + owed + " hooks " + calls + " came; see the worker's log");
            }
            if (from == 0 && calls >= owed * FROM) {
                from = now;
                fromCalls = calls;
            }
            Pause.millis(2);
        }
        return (calls - fromCalls) / ((last - from) / 1e9);
    }

    private static double bareLoop(Run run, int calls) {
        var child = new Child(
                run.mine().home(),
                "hook-loop",
                Program.onClassPath(System.getProperty("java.class.path"), HookLoop.class.getName()),
                ReferenceProcess.logging(),
                List.of(run.load().hookUrl(), String.valueOf(calls)),
                Map.of());
        if (child.start().onExit().join().exitValue() != 0) {
            throw new StackFailure("the bare loop failed:\n  " + child.lastLines());
        }
        return Double.parseDouble(child.lastLines().strip());
    }
}
