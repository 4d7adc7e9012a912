package dev.twotick.worker.console;

import dev.twotick.db.payloadlog.PayloadSelection;
import dev.twotick.queue.Partitions;
import dev.twotick.worker.replay.Replay;
import dev.twotick.worker.replay.ReplayCounts;
import dev.twotick.worker.replay.ReplayProgress;
import dev.twotick.worker.replay.ReplayResult;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Replays that were begun here, and how far each is. One that ends with this process is begun again, which is
/// harmless.
final class Replays implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Replays.class);
    private static final int AT_ONCE = 4;

    private final DSLContext db;
    private final Partitions redis;
    private final Runs<Run> runs = new Runs<>();

    Replays(DSLContext db, Partitions redis) {
        this.db = db;
        this.redis = redis;
    }

    /// @throws IllegalArgumentException when as many run as may
    synchronized Run start(String what, PayloadSelection selection) {
        if (runs.going() >= AT_ONCE) {
            throw new IllegalArgumentException(
                    AT_ONCE + " replays are running here: wait until one is done, or cancel it");
        }
        Run run = new Run(UUID.randomUUID(), what);
        runs.add(run);
        run.thread = Thread.ofVirtual().name("replay-" + run.id).start(() -> run.run(selection));
        return run;
    }

    Optional<Run> find(String id) {
        return runs.find(id);
    }

    /// What is in the stream by then is processed all the same.
    @Override
    public synchronized void close() {
        runs.forEach(Run::cancel);
    }

    /// One of them, as it stands at this moment.
    final class Run implements Runs.Run, ReplayProgress {
        private final UUID id;
        private final String what;
        private final CountDownLatch over = new CountDownLatch(1);
        private volatile long selected = -1;
        private volatile ReplayCounts counts = new ReplayCounts(0, 0, 0);
        private volatile @Nullable String waiting;
        private volatile @Nullable ReplayResult result;
        private volatile @Nullable Thread thread;
        private volatile boolean cancelled;

        private Run(UUID id, String what) {
            this.id = id;
            this.what = what;
        }

        private void run(PayloadSelection selection) {
            try {
                result = new Replay(db).throughStream(selection, 0, redis, this);
                waiting = null;
            } catch (RuntimeException e) {
                if (cancelled) { // whatever it was about to ask was interrupted
                    return;
                }
                log.warn("replay={} fault={}", id, e.getClass().getSimpleName());
                waiting = "It ended with a fault: " + e.getClass().getSimpleName() + ". Begin it again.";
            } finally {
                over.countDown();
            }
        }

        @Override
        public UUID id() {
            return id;
        }

        String what() {
            return what;
        }

        @Override
        public boolean isOver() {
            return over.getCount() == 0;
        }

        /// @return whether it is over by then
        boolean awaitEnd(Duration most) throws InterruptedException {
            return over.await(most.toMillis(), TimeUnit.MILLISECONDS);
        }

        /// Payloads; -1: not counted yet.
        long payloads() {
            return selected;
        }

        ReplayCounts counts() {
            return counts;
        }

        @Nullable
        String whyItWaits() {
            return waiting;
        }

        boolean wasCancelled() {
            ReplayResult ended = result;
            return isOver() && (ended == null ? cancelled : ended.wasInterrupted());
        }

        /// It ended without a result; why is what it waits for.
        boolean hasFailed() {
            return isOver() && result == null && !cancelled;
        }

        void cancel() {
            cancelled |= !isOver();
            Thread running = thread;
            if (running != null) {
                running.interrupt();
            }
        }

        @Override
        public void selected(long payloads) {
            selected = payloads;
        }

        @Override
        public void at(ReplayCounts soFar) {
            counts = soFar;
            waiting = null;
        }

        @Override
        public void waiting(String why) {
            waiting = why;
        }
    }
}
