package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.DatabaseFault;
import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.worker.apply.HistoryRefill;
import dev.twotick.worker.batch.BadData;
import dev.twotick.worker.batch.PayloadWork;
import dev.twotick.worker.interpret.Interpretation;
import dev.twotick.worker.interpret.PayloadInterpreter;
import dev.twotick.worker.replay.Refill;
import dev.twotick.worker.replay.Refill.Filled;
import dev.twotick.worker.terminal.RunProgress;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `worker --replay --refill`: a progress bar that names the time it has come to, and a last line that says what came
/// of it.
record RefillRun(WorkerSettings settings, PrintWriter out) {
    private static final Logger log = LoggerFactory.getLogger(RefillRun.class);

    /// @return 0 when all were read and filled, 1 when some could not be or it was interrupted
    int run(PayloadSelection selection, int rate) {
        try (HikariDataSource pool = Database.pool(settings.database(), "twotick-refill", 2, Duration.ofSeconds(60));
                InterruptedByStop _ = new InterruptedByStop()) {
            Progress progress = new Progress();
            Refill.Result result;
            try (progress) {
                Filling filling = new Filling(new HistoryRefill(Database.jooq(pool), settings.horizon()));
                result = new Refill(Database.jooq(pool)).run(selection, rate, filling, progress);
            } catch (DataAccessException e) {
                out.println("PostgreSQL: " + DatabaseFault.words(e) + ".");
                InterruptedByStop.sayHowToGoOn(out, progress.from);
                out.flush();
                return 1;
            }
            return report(result);
        }
    }

    private int report(Refill.Result result) {
        out.printf(
                "%d payloads selected: %d read, %d rows filled, %d failed.%n",
                result.selected(),
                result.payloads(),
                result.filled().rows(),
                result.filled().failed());
        InterruptedByStop.sayHowToGoOn(out, result.resumeSince());
        if (result.filled().failed() > 0) {
            out.println("What failed is in the log, by its payload's id: outcome=not-refilled.");
        }
        out.flush();
        return result.filled().failed() > 0 || result.resumeSince().isPresent() ? 1 : 0;
    }

    /// Waits out outages of the database.
    private static final class Filling implements Refill.Filler {
        private final HistoryRefill refill;
        private final PayloadInterpreter interpreter = new PayloadInterpreter();
        private final DatabaseOutage outage = new DatabaseOutage(
                Duration.ofMillis(50), Duration.ofSeconds(2), DatabaseFault::mayPass, () -> {}, new Waits());

        Filling(HistoryRefill refill) {
            this.refill = refill;
        }

        @Override
        public Filled fill(List<QueuedPayload> payloads) throws InterruptedException {
            List<PayloadWork> read = new ArrayList<>();
            long failed = 0;
            for (QueuedPayload payload : payloads) {
                PayloadWork work = read(payload);
                if (work.refusal() == null) {
                    read.add(work);
                } else {
                    failed += notRefilled(work, "unreadable");
                }
            }
            return together(read).plus(new Filled(0, failed));
        }

        /// One that cannot be filled holds up no other.
        private Filled together(List<PayloadWork> payloads) throws InterruptedException {
            if (payloads.isEmpty()) {
                return new Filled(0, 0);
            }
            try {
                return new Filled(outage.waitOut(() -> refill.fill(payloads)), 0);
            } catch (BadData e) {
                if (payloads.size() == 1) {
                    return new Filled(0, notRefilled(payloads.getFirst(), e.kind()));
                }
                int middle = payloads.size() / 2;
                return together(payloads.subList(0, middle)).plus(together(payloads.subList(middle, payloads.size())));
            }
        }

        private static int notRefilled(PayloadWork payload, String reason) {
            log.warn("outcome=not-refilled payload={} reason={}", payload.id(), reason);
            return 1;
        }

        private PayloadWork read(QueuedPayload payload) {
            byte[] body = Objects.requireNonNull(payload.body(), "the log's rows were read whole");
            return PayloadWork.of(
                    payload.id().value(),
                    Objects.requireNonNull(payload.attempt()),
                    payload.at(),
                    payload.app(),
                    true,
                    meaning(body));
        }

        private Interpretation meaning(byte[] body) {
            try {
                return interpreter.interpret(body);
            } catch (RuntimeException | StackOverflowError e) {
                return new Interpretation.NotAnObject(e.getClass().getSimpleName());
            }
        }
    }

    private static final class Progress implements Refill.Progress, AutoCloseable {
        private @Nullable RunProgress bar;
        private Optional<Instant> from = Optional.empty();

        @Override
        public void selected(long payloads) {
            bar = new RunProgress("refill", "", payloads);
        }

        @Override
        public void at(long payloads, Filled filled, Instant at) {
            from = Optional.of(at);
            if (bar != null) {
                bar.at(payloads, filled.rows() + " rows filled, " + filled.failed() + " failed, at " + at);
            }
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
                bar = null;
            }
        }
    }
}
