package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.worker.outbox.Resend;
import dev.twotick.worker.terminal.RunProgress;
import java.io.PrintWriter;
import java.time.Duration;

/// `worker --resend`: owes hook calls again; the workers with the role `deliver` make them.
record ResendRun(WorkerSettings settings, PrintWriter out) {

    /// @return 0 when all are owed, 1 when an endpoint took none for too long or no event has the ids that are named
    int run(Resend.Selection selection) throws InterruptedException {
        try (HikariDataSource pool = Database.pool(settings.database(), "twotick-resend", 2, Duration.ofSeconds(60))) {
            Resend.Counts counts;
            try (RunProgress bar = new RunProgress("resend", " events", -1)) {
                counts = new Resend(Database.jooq(pool))
                        .run(selection, soFar -> bar.at(soFar.events(), soFar.calls() + " calls"));
            }
            out.printf(
                    selection.dryRun()
                            ? "%d events looked at, %d calls would be made again.%n"
                            : "%d events looked at, %d calls owed again; the workers make them now.%n",
                    counts.events(),
                    selection.dryRun() ? counts.calls() : counts.owed());
            counts.stalled()
                    .forEach(name ->
                            out.println("Endpoint " + name + " takes no calls (is a worker with the role deliver"
                                    + " running, is the endpoint answering?); run the same command again later."));
            boolean foundNone = !selection.ids().isEmpty() && counts.events() == 0;
            if (foundNone) {
                out.println("No event has this id: it is a webhook-id, and events are kept for"
                        + " TWOTICK_RETENTION_HOOKS_DAYS.");
            }
            out.flush();
            return counts.stalled().isEmpty() && !foundNone ? 0 : 1;
        }
    }
}
