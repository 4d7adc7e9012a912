package dev.twotick.bench;

import dev.twotick.bench.load.Order.Shape;
import java.util.ArrayList;
import java.util.List;

/// A full stream and a worker: events a second, and what an event and a batch cost. The first drain is a worker that
/// has just started; for the others it stood still while the stream was filled.
record DrainScenario(String name, String says, Shape shape, double asked) implements Scenario {

    @Override
    public void measure(Run run) {
        var stacks = run.stacks();
        var drains = new ArrayList<List<Drain>>();
        try {
            stacks.forEach(_ -> drains.add(new ArrayList<>()));
            for (int turn = 0; turn <= run.turns(); turn++) {
                for (int i = 0; i < stacks.size(); i++) {
                    var stack = stacks.get(i);
                    drains.get(i)
                            .add(drain(run, name + " " + stack.build().name(), stack, run.filledWith(shape), turn));
                }
            }
        } finally {
            stacks.forEach(Stack::close);
        }
        report(run, drains);
    }

    /// @param what for the one who waits
    /// @param turn 0: the worker is started for it
    static Drain drain(Run run, String what, Stack stack, Fill fill, int turn) {
        var filled = run.fill(stack, fill);
        if (run.servers().countsStatements()) {
            Statements.reset(stack);
        }
        var drain = Drain.of(stack, fill, () -> {
            if (turn == 0) {
                stack.startWorker("consume", "");
            } else {
                stack.resumeWorker();
            }
        });
        stack.pauseWorker();
        run.say("%s, %s: filled at %.0f payloads/s, drained at %.0f events/s (%s)"
                .formatted(
                        what, turn == 0 ? "cold" : "warm " + turn, filled.perSecond(), drain.perSecond(), drain.cpu()));
        if (turn == run.turns() && run.servers().countsStatements()) {
            drain.statements().explain(drain.events()).forEach(line -> run.say("    " + line));
        }
        return drain;
    }

    private void report(Run run, List<List<Drain>> drains) {
        var mine = drains.getFirst();
        var rate = compared(run, drains, Line.of(name, "events/s from a full stream, warm", warm(mine), "/s"), true);
        run.add(drains.size() > 1 && asked > 0 ? rate.atLeast(asked) : rate);
        run.add(compared(run, drains, Line.of(name, "the same, from the worker's start", cold(mine), "/s"), false));
        var last = mine.getLast();
        var other = drains.size() > 1 ? drains.get(1).getLast() : null;
        var name2 = run.against().map(Build::name).orElse("");
        var lines = new ArrayList<>(List.of(
                Line.of(name, "WAL of an event", last.walAnEvent(), "B"),
                Line.of(name, "disk of an event, without the log", last.diskAnEvent(), "B")));
        if (other != null) {
            lines.set(0, lines.get(0).against(name2, other.walAnEvent()).atMost(0.5));
            lines.set(1, lines.get(1).against(name2, other.diskAnEvent()).atMost(0.5));
        }
        if (run.servers().countsStatements() && last.statements().batches() > 0) {
            lines.add(Line.of(name, "statements of a batch", last.statements().callsABatch(), "")
                    .atMost(7)
                    .noting("%.0f events a batch".formatted(last.eventsABatch())));
            lines.add(Line.of(
                            name,
                            "PostgreSQL's time for a batch",
                            last.statements().millisABatch(),
                            "ms")
                    .atMost(40));
            if (shape.updates() > 1) {
                lines.add(Line.of(name, "the same, as often as its statements allow by themselves", warm(mine), "/s")
                        .against(
                                "PostgreSQL alone, two connections",
                                last.statements().perSecond(last.events(), 2))
                        .atLeast(0.8));
            }
        }
        lines.forEach(run::add);
    }

    private static Line compared(Run run, List<List<Drain>> drains, Line line, boolean warm) {
        return drains.size() < 2
                ? line
                : line.against(
                        run.against().map(Build::name).orElse(""), warm ? warm(drains.get(1)) : cold(drains.get(1)));
    }

    private static double cold(List<Drain> drains) {
        return drains.getFirst().perSecond();
    }

    static double warm(List<Drain> drains) {
        return Median.of(drains.stream().skip(1).map(Drain::perSecond).toList());
    }
}
