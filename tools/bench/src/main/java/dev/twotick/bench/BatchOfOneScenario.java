package dev.twotick.bench;

import dev.twotick.devstack.StackFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jboss.byteman.agent.Main;

/// The obvious design of a worker, one transaction a payload: Twotick's own, in which an agent sets the size of a batch
/// to one, with as many threads as suit it best.
record BatchOfOneScenario() implements Scenario {
    private static final int FEWER = 8;
    private static final double MOST_A_BATCH = 1.5;
    private static final String RULE = """
            RULE a batch of one
            CLASS dev.twotick.worker.consume.ConsumeSettings
            METHOD <init>
            AT ENTRY
            IF TRUE
            DO $2 = 1
            ENDRULE
            """;

    @Override
    public String name() {
        return "one-by-one";
    }

    @Override
    public String says() {
        return "worker, events/s, against its own code with a batch of one, best of 1, 2, 4 and 8 threads";
    }

    @Override
    public void measure(Run run) {
        var shape = dev.twotick.bench.load.Order.Shape.SINGLE;
        var fill = run.filledWith(shape);
        var fewer = new Fill(Math.max(40, fill.payloads() / FEWER), 1, shape);
        double batches;
        try (var stack = new Stack(run.servers(), run.mine()).startIngest()) {
            DrainScenario.drain(run, name() + ", batches", stack, fill, 0);
            batches = DrainScenario.drain(run, name() + ", batches", stack, fill, 1)
                    .perSecond();
        }
        double best = 0;
        int with = 0;
        for (int threads : new int[] {1, 2, 4, 8}) {
            double rate = oneByOne(run, fewer, threads);
            if (rate > best) {
                best = rate;
                with = threads;
            }
        }
        run.add(Line.of(name(), "worker, events/s from a full stream, warm", batches, "/s")
                .against("a batch of one, " + with + " threads", best)
                .atLeast(10));
    }

    private double oneByOne(Run run, Fill fill, int threads) {
        var what = name() + ", one at a time, " + threads + " threads";
        try (var stack = new Stack(run.servers(), run.mine()).startIngest()) {
            stack.set("TWOTICK_CONSUMERS", String.valueOf(threads));
            stack.setWorkerOptions(List.of("-javaagent:" + agent() + "=script:" + rule(run)));
            DrainScenario.drain(run, what, stack, fill, 0);
            var drain = DrainScenario.drain(run, what, stack, fill, 1);
            if (drain.statements().batches() > 0 && drain.eventsABatch() > MOST_A_BATCH) {
                throw new StackFailure("a batch held %.0f events: the rule of %s finds its place no longer"
                        .formatted(drain.eventsABatch(), getClass().getSimpleName()));
            }
            return drain.perSecond();
        }
    }

    private static Path agent() {
        return Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    }

    private static Path rule(Run run) {
        try {
            return Files.writeString(run.mine().home().folder().resolve("one.btm"), RULE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
