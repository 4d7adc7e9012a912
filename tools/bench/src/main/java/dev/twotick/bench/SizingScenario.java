package dev.twotick.bench;

import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;

/// What a day of two million template messages costs: each is sent, delivered and read, and answered. Measured at an
/// even rate with one hook endpoint, and multiplied.
record SizingScenario() implements Scenario {
    private static final double EVENTS_A_DAY = 8e6;
    private static final double SECONDS_A_DAY = 86_400;
    private static final double RATE = 1_000;
    private static final double GB = 1e9;
    private static final double MIB = 1 << 20;

    @Override
    public String name() {
        return "sizing";
    }

    @Override
    public String says() {
        return "what a day of 2 million template messages (8 million events) costs, by a run at 1,000 events/s";
    }

    @Override
    public void measure(Run run) {
        double seconds = run.secondsOr(40);
        try (var stack = new Stack(run.servers(), run.mine()).startIngest()) {
            stack.startWorker("consume,deliver", run.load().hookUrl());
            post(run, stack, Math.min(20, seconds));
            long wal = stack.walPosition();
            long size = stack.size();
            var cpu = stack.cpu();
            long events = post(run, stack, seconds);
            var used = stack.cpu().since(cpu);
            double days = EVENTS_A_DAY / events;
            add(run, "disk a day", (stack.size() - size) * days / GB, "GB");
            add(run, "WAL a day", (stack.walPosition() - wal) * days / GB, "GB");
            cores(run, "ingest", used.ingest() * days);
            cores(run, "worker", used.worker() * days);
            cores(run, "PostgreSQL", used.postgres() * days);
            cores(run, "Redis", used.redis() * days);
            add(run, "memory of ingest", stack.ingestBytes() / MIB, "MiB");
            add(run, "memory of a worker", stack.workerBytes() / MIB, "MiB");
        }
    }

    private static long post(Run run, Stack stack, double seconds) {
        long first = run.load().first((long) (RATE * seconds));
        var outcome = run.load()
                .post(Order.open(stack.port(), 16, RATE, seconds, first, Shape.SINGLE)
                        .waitingForHooks());
        run.say("sizing: %d events, %d hooks missing, p99 to the hook %.0f ms"
                .formatted(outcome.accepted(), outcome.missing(), outcome.hook().p99()));
        return outcome.accepted();
    }

    private void cores(Run run, String process, double coreSeconds) {
        run.add(Line.of(name(), "cores of " + process + " over the day", coreSeconds / SECONDS_A_DAY, "")
                .noting("a tenth of the day within an hour: " + Table.number(coreSeconds / SECONDS_A_DAY * 2.4)));
    }

    private void add(Run run, String what, double value, String unit) {
        run.add(Line.of(name(), what, value, unit));
    }
}
