package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.worker.outbox.Resend;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// `worker --resend`: owes hook calls again; the workers with the role `deliver` make them.
record ResendRun(WorkerSettings settings, PrintWriter out) {

    /// @return 0 when all are owed, 1 when an endpoint took none for too long
    int run(
            Optional<String> endpoint,
            String type,
            Optional<Instant> since,
            Optional<Instant> until,
            boolean failed,
            boolean dryRun)
            throws InterruptedException {
        try (HikariDataSource pool = Database.pool(settings.database(), "twotick-resend", 2, Duration.ofSeconds(60))) {
            Resend.Counts counts = new Resend(Database.jooq(pool))
                    .run(new Resend.Selection(endpoint, type, since, until, failed, dryRun), soFar -> {
                        out.printf("\r%d events looked at, %d calls", soFar.events(), soFar.calls());
                        out.flush();
                    });
            out.printf(
                    dryRun
                            ? "\r%d events looked at, %d calls would be made again.%n"
                            : "\r%d events looked at, %d calls owed again; the workers make them now.%n",
                    counts.events(),
                    dryRun ? counts.calls() : counts.owed());
            counts.stalled()
                    .forEach(name ->
                            out.println("Endpoint " + name + " takes no calls (is a worker with the role deliver"
                                    + " running, is the endpoint answering?); run the same command again later."));
            out.flush();
            return counts.stalled().isEmpty() ? 0 : 1;
        }
    }
}
