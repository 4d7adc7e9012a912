package dev.twotick.bench;

import dev.twotick.bench.load.Heard;
import dev.twotick.bench.load.Load;
import dev.twotick.bench.load.Order;
import dev.twotick.bench.load.Order.Shape;
import dev.twotick.bench.load.Outcome;
import dev.twotick.devstack.StackFailure;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/// Many sockets at one console, for as long as it is said; then the console is started anew under them. Console and
/// worker are processes of their own here, and the sockets are in the process that posts.
record LiveScenario() implements Scenario {
    private static final double SECONDS = 60;
    private static final double WARM_SECONDS = 30;
    private static final double PIECE_SECONDS = 20; // of posts that are signed at a time
    private static final int CONNECTIONS = 16;
    private static final double MIB = 1024 * 1024;

    @Override
    public String name() {
        return "live";
    }

    @Override
    public String says() {
        return "POST to frame at --rate events/s, with --sockets at a console; what it holds; a restart under them";
    }

    @Override
    public void measure(Run run) {
        double seconds = run.secondsOr(SECONDS);
        try (var stack = new Stack(run.servers(), run.mine())) {
            int port = stack.withConsole();
            stack.startIngest().startWorker("consume", "").startConsole();
            var begin = run.load().listen(port, Stack.API_TOKEN, run.sockets());
            run.say("live: %,d sockets were let in within %.1f s".formatted(begin.sockets(), begin.openSeconds()));
            post(run, stack, Math.min(WARM_SECONDS, seconds));
            run.load().heard(Load.WARM);
            double before = heap(stack);
            post(run, stack, seconds);
            var heard = heard(run, run.sockets(), Load.HEARD);
            report(run, heard, before, heap(stack));
            restart(run, stack);
        }
    }

    private static double heap(Stack stack) {
        return Memory.heap(Objects.requireNonNull(stack.console(), "a console runs")
                        .toHandle())
                / MIB;
    }

    private static void post(Run run, Stack stack, double seconds) {
        for (double left = seconds; left > 0; left -= PIECE_SECONDS) {
            piece(run, stack, Math.min(left, PIECE_SECONDS));
        }
    }

    private static void piece(Run run, Stack stack, double seconds) {
        var cpu = stack.cpu();
        double console = console(stack);
        long first = run.load().first((long) Math.ceil(run.rate() * seconds));
        Outcome outcome =
                run.load().post(Order.open(stack.port(), CONNECTIONS, run.rate(), seconds, first, Shape.SINGLE));
        if (outcome.accepted() < Math.ceil(run.rate() * seconds)) {
            throw new StackFailure(
                    "ingest took %,d posts only, and refused %,d".formatted(outcome.accepted(), outcome.refused()));
        }
        run.say(
                "live: to the frame p50 %.1f p90 %.1f p99 %.1f max %.0f ms, %,d have not come; %s, console %.2f, generator %.2f"
                        .formatted(
                                outcome.hook().p50(),
                                outcome.hook().p90(),
                                outcome.hook().p99(),
                                outcome.hook().max(),
                                outcome.missing(),
                                stack.cpu().since(cpu).over(outcome.seconds()),
                                (console(stack) - console) / outcome.seconds(),
                                outcome.cores()));
    }

    private static double console(Stack stack) {
        var process = stack.console();
        return process == null ? 0 : CpuTime.of(process.toHandle());
    }

    /// Nothing may be missing, and nothing come twice.
    private static Heard heard(Run run, int sockets, String what) {
        var heard = run.load().heard(what);
        if (heard.lost() > 0 || heard.doubled() > 0 || heard.sockets() < sockets) {
            throw new StackFailure("of %,d sockets %,d are open; %,d frames came, %,d were lost, %,d came twice"
                    .formatted(sockets, heard.sockets(), heard.frames(), heard.lost(), heard.doubled()));
        }
        return heard;
    }

    private void report(Run run, Heard heard, double before, double after) {
        var what = "POST to frame, %,d sockets, %.0f events/s, ".formatted(heard.sockets(), run.rate());
        run.add(Line.of(name(), what + "p50", heard.times().p50(), "ms")
                .atMost(15)
                .noting("%,d frames, none lost or doubled".formatted(heard.frames())));
        run.add(Line.of(name(), what + "p99", heard.times().p99(), "ms"));
        run.add(Line.of(name(), "the console's heap after it", after, "MiB")
                .against("before", before)
                .atMost(1.1));
    }

    /// What is posted meanwhile they hear afterwards.
    private void restart(Run run, Stack stack) {
        stack.stopConsole();
        var posting = CompletableFuture.runAsync(() -> post(run, stack, PIECE_SECONDS));
        stack.startConsole();
        posting.join();
        var back = heard(run, run.sockets(), Load.BACK);
        run.add(Line.of(
                        name(), "the console starts anew: from the first that is cut off to the last that is back",
                        back.awaySeconds(), "s")
                .noting("%,d came back, none missed a frame".formatted(back.reopened())));
    }
}
