package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.outbox.Resend.Counts;
import dev.twotick.worker.outbox.ResendView;
import dev.twotick.worker.terminal.RunProgress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// `worker --resend`: owes hook calls again; the workers with the role `deliver` make them. What it asks for is carried
/// on by a worker with the role `consume`, should it be ended.
record ResendRun(WorkerSettings settings, PrintWriter out) {

    /// What may be said of resends that there are already, or of how to begin one.
    static final class Options {
        @Option(names = "--list", description = "With --resend: show what was resent in bulk, and how far it is.")
        boolean list;

        @Option(names = "--json", description = "With --list: as a JSON array.")
        boolean json;

        @Option(
                names = "--cancel",
                paramLabel = "N",
                description =
                        "With --resend: owe no more calls by this resend, a number of --list. What is owed already"
                                + " is made.")
        @Nullable
        Long cancel;

        @Option(
                names = "--resume",
                paramLabel = "N",
                description = "With --resend: go on with a canceled one where it was.")
        @Nullable
        Long resume;

        @Option(names = "--no-wait", description = "With --resend: leave it to the workers, and end.")
        boolean noWait;

        int given() {
            return (list ? 1 : 0) + (cancel == null ? 0 : 1) + (resume == null ? 0 : 1);
        }
    }

    private interface Run {
        int with(Resend resend) throws InterruptedException;
    }

    /// @return 0 when all are owed, 1 when an endpoint took none for too long or no event has the ids that are named
    int run(Resend.Selection selection, OptionalInt rate, boolean noWait) throws InterruptedException {
        return inDatabase(resend -> {
            List<Long> ids = resend.begin(selection, rate);
            Counts counts = followed(resend, ids, noWait);
            boolean foundNone = !noWait && !selection.ids().isEmpty() && counts.events() == 0;
            if (foundNone) {
                out.println("No event has this id: it is a webhook-id, and events are kept for"
                        + " TWOTICK_RETENTION_HOOKS_DAYS.");
            }
            return counts.stalled().isEmpty() && !foundNone ? 0 : 1;
        });
    }

    int count(Resend.Selection selection) throws InterruptedException {
        return inDatabase(resend -> {
            Counts counts = resend.count(selection);
            out.printf("%d events looked at, %d calls would be made again.%n", counts.events(), counts.calls());
            return !selection.ids().isEmpty() && counts.events() == 0 ? 1 : 0;
        });
    }

    /// @param options exactly one of them given
    int manage(Options options) throws InterruptedException {
        return inDatabase(resend -> {
            if (options.cancel != null) {
                resend.cancel(options.cancel);
                out.println("Resend " + options.cancel + " is canceled. What it owed is made; --resume "
                        + options.cancel + " goes on with the rest.");
                return 0;
            }
            if (options.resume != null) {
                resend.resume(options.resume);
                return followed(resend, List.of(options.resume), options.noWait)
                                .stalled()
                                .isEmpty()
                        ? 0
                        : 1;
            }
            list(resend.list(), options.json);
            return 0;
        });
    }

    private void list(List<ResendView> resends, boolean json) {
        if (json) {
            out.println(ResendView.json(resends));
        } else if (resends.isEmpty()) {
            out.println("Nothing was resent in bulk.");
        } else {
            ResendText.table(resends).forEach(out::println);
        }
    }

    private Counts followed(Resend resend, List<Long> ids, boolean noWait) throws InterruptedException {
        String numbers = ids.stream().map(String::valueOf).collect(Collectors.joining(", "));
        if (noWait) {
            out.println("The workers carry on resend " + numbers + "; see: worker --resend --list");
            return new Counts(0, 0, 0, List.of());
        }
        Thread lastWords = new Thread(() -> System.err.printf(
                "%nThe workers carry on resend %s; worker --resend --cancel %d ends it.%n", numbers, ids.getFirst()));
        Runtime.getRuntime().addShutdownHook(lastWords);
        Counts counts;
        try (RunProgress bar = new RunProgress("resend " + numbers, " events", -1)) {
            counts = resend.follow(ids, soFar -> bar.at(soFar.events(), soFar.calls() + " calls"));
        }
        forget(lastWords);
        report(counts);
        return counts;
    }

    private void report(Counts counts) {
        out.printf(
                "%d events looked at, %d calls owed again; the workers make them now.%n",
                counts.events(), counts.owed());
        counts.stalled()
                .forEach(name -> out.println("Endpoint " + name + " takes no calls (is a worker with the role deliver"
                        + " running, is the endpoint answering?); the rest is owed once it does, unless it is"
                        + " canceled: worker --resend --list"));
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // it runs already
        }
    }

    private int inDatabase(Run run) throws InterruptedException {
        try (HikariDataSource pool = Database.pool(settings.database(), "twotick-resend", 2, Duration.ofSeconds(60))) {
            int code = run.with(new Resend(Database.jooq(pool)));
            out.flush();
            return code;
        }
    }
}
