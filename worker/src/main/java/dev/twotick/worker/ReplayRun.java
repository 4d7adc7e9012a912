package dev.twotick.worker;

import com.zaxxer.hikari.HikariDataSource;
import dev.twotick.db.Database;
import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.queue.Partitions;
import dev.twotick.queue.QueuedPayload;
import dev.twotick.worker.PayloadPipeline.Delivery;
import dev.twotick.worker.replay.Replay;
import dev.twotick.worker.replay.ReplayCounts;
import dev.twotick.worker.replay.ReplayProgress;
import dev.twotick.worker.replay.ReplayResult;
import dev.twotick.worker.terminal.RunProgress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `worker --replay`: a progress bar, and a last line that says what came of it.
record ReplayRun(WorkerSettings settings, PrintWriter out) {

    /// @return 0 when all were processed, 1 when some failed or it was interrupted
    int run(PayloadSelection selection, int rate, boolean inProcess, boolean dryRun) {
        try (HikariDataSource pool = Database.pool(settings.database(), "twotick-replay", 3, Duration.ofSeconds(60))) {
            Replay replay = new Replay(Database.jooq(pool));
            if (dryRun) {
                out.println(replay.count(selection) + " payloads would be replayed.");
                out.flush();
                return 0;
            }
            try (InterruptedByStop _ = new InterruptedByStop()) {
                ReplayResult result;
                try (Progress progress = new Progress()) {
                    result = inProcess
                            ? inProcess(replay, selection, rate, progress)
                            : throughStream(replay, selection, rate, progress);
                }
                return report(result);
            }
        }
    }

    private ReplayResult throughStream(Replay replay, PayloadSelection selection, int rate, ReplayProgress progress) {
        try (Partitions redis = settings.redis().open("twotick-replay", 2, Duration.ofSeconds(3))) {
            return replay.throughStream(selection, rate, redis, progress);
        }
    }

    private ReplayResult inProcess(Replay replay, PayloadSelection selection, int rate, ReplayProgress progress) {
        // not started: it opens the stages, and nothing reads the stream
        try (Worker worker = new Worker(settings, Set.of())) {
            return replay.inProcess(
                    selection,
                    rate,
                    payloads -> worker.pipeline()
                            .process(payloads.stream().map(ReplayRun::delivery).toList(), false),
                    progress);
        }
    }

    private static Delivery delivery(QueuedPayload payload) {
        return new Delivery(
                payload, Objects.requireNonNull(payload.attempt(), "a replay names the outcome it waits for"), null);
    }

    private int report(ReplayResult result) {
        ReplayCounts counts = result.counts();
        out.printf(
                "%d payloads selected: %d applied, %d duplicate, %d failed.%n",
                result.selected(), counts.applied(), counts.duplicate(), counts.failed());
        InterruptedByStop.sayHowToGoOn(out, result.resumeSince());
        if (counts.applied() == 0 && counts.duplicate() > 0 && !result.wasInterrupted()) {
            out.println("Nothing was new: all of it had been applied before, so no event was raised."
                    + " To have hooks called again, use --resend with --since and --until.");
        }
        if (counts.failed() > 0) {
            out.println("What failed is in payload_failure, with its error.");
        }
        out.flush();
        return counts.failed() > 0 || result.wasInterrupted() ? 1 : 0;
    }

    private static final class Progress implements ReplayProgress, AutoCloseable {
        private @Nullable RunProgress bar;

        @Override
        public void selected(long payloads) {
            bar = new RunProgress("replay", "", payloads);
        }

        @Override
        public void at(ReplayCounts counts) {
            if (bar != null) {
                bar.at(
                        counts.done(),
                        counts.applied() + " applied, " + counts.duplicate() + " duplicate, " + counts.failed()
                                + " failed");
            }
        }

        @Override
        public void waiting(String why) {
            System.err.println();
            System.err.println(why);
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
            }
        }
    }
}
