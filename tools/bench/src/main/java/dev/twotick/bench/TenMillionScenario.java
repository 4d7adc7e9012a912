package dev.twotick.bench;

import dev.twotick.bench.load.Order.Shape;

/// A worker on a database that is full. It is filled by history chunks, so by Twotick itself; what is talked of is new.
record TenMillionScenario() implements Scenario {
    private static final int CHUNK = 1_000;
    private static final int MESSAGES_AN_EVENT = 250;
    private static final int FEW = 10_000;
    private static final Shape HISTORY = new Shape(CHUNK, 2_500, 0, true);

    @Override
    public String name() {
        return "ten-million";
    }

    @Override
    public String says() {
        return "worker, events/s, with 10 million messages in the database (250 for each of --events) against 10 thousand";
    }

    @Override
    public boolean isLong() {
        return true;
    }

    @Override
    public void measure(Run run) {
        long many = (long) run.payloads() * MESSAGES_AN_EVENT;
        var fill = run.filledWith(Shape.SINGLE);
        try (var full = new Stack(run.servers(), run.mine()).startIngest();
                var empty = new Stack(run.servers(), run.mine()).startIngest()) {
            history(run, empty, FEW);
            history(run, full, many);
            double emptyRate = warm(run, "ten-million, 10 thousand", empty, fill);
            double fullRate = warm(run, "ten-million, %,d".formatted(many), full, fill);
            run.add(Line.of(name(), "worker, events/s with %,d messages".formatted(many), fullRate, "/s")
                    .against("with 10 thousand", emptyRate)
                    .atLeast(0.7));
        }
    }

    private static double warm(Run run, String what, Stack stack, Fill fill) {
        DrainScenario.drain(run, what, stack, fill, 1);
        return DrainScenario.drain(run, what, stack, fill, 1).perSecond();
    }

    private static void history(Run run, Stack stack, long messages) {
        int chunks = 100;
        for (long made = 0; made < messages; made += (long) chunks * CHUNK) {
            int left = (int) Math.min(chunks, (messages - made + CHUNK - 1) / CHUNK);
            var drain = DrainScenario.drain(
                    run, "ten-million, filling", stack, new Fill(left, 1, HISTORY), made == 0 ? 0 : 1);
            run.say("ten-million, filling: %,d of %,d messages, %.0f/s"
                    .formatted(made + left * (long) CHUNK, messages, drain.perSecond()));
        }
    }
}
