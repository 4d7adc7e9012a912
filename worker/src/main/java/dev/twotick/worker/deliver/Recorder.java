package dev.twotick.worker.deliver;

import dev.twotick.worker.outbox.CallOutcome;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.DeliveryLedger.Recorded;
import dev.twotick.worker.outbox.FinishedCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes outcomes, on one thread, as many at a time as have gathered. While PostgreSQL is away it keeps them: if
/// it stays away longer than a lease, their calls will be made again.
final class Recorder {
    private static final Logger log = LoggerFactory.getLogger(Recorder.class);
    private static final int BATCH = 500;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    /// Who hears of it when outcomes are written.
    interface Listener {
        /// @param soonestRetry when the first of these calls will be due again
        void written(List<FinishedCall> batch, Recorded recorded, Optional<Duration> soonestRetry);
    }

    private final DeliveryLedger ledger;
    private final Listener listener;
    private final LinkedBlockingQueue<FinishedCall> queue = new LinkedBlockingQueue<>();
    private final Thread thread = Thread.ofPlatform().name("hook-record").unstarted(this::run);
    private volatile boolean closing;

    Recorder(DeliveryLedger ledger, Listener listener) {
        this.ledger = ledger;
        this.listener = listener;
    }

    void start() {
        thread.start();
    }

    void put(FinishedCall finished) {
        queue.add(finished);
    }

    private void run() {
        List<FinishedCall> batch = new ArrayList<>();
        try {
            while (true) {
                FinishedCall first = queue.poll(closing ? 0 : 100, TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, BATCH - 1);
                    write(batch);
                    batch.clear();
                } else if (closing) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            log.warn("hook outcomes unwritten count={}; their calls will be made again", batch.size() + queue.size());
        }
    }

    private void write(List<FinishedCall> batch) throws InterruptedException {
        Duration wait = Duration.ofMillis(50);
        while (true) {
            try {
                Recorded recorded = ledger.record(batch);
                listener.written(List.copyOf(batch), recorded, soonestRetry(batch));
                return;
            } catch (RuntimeException e) {
                log.warn("hook outcomes not written yet count={} reason=\"{}\"", batch.size(), reason(e));
                Thread.sleep(wait);
                wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? wait.multipliedBy(2) : LONGEST_WAIT;
            }
        }
    }

    private static Optional<Duration> soonestRetry(List<FinishedCall> batch) {
        return batch.stream()
                .map(FinishedCall::outcome)
                .filter(CallOutcome.RetryIn.class::isInstance)
                .map(outcome -> ((CallOutcome.RetryIn) outcome).delay())
                .min(Duration::compareTo);
    }

    static String reason(RuntimeException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause.getClass().getSimpleName();
    }

    /// Writes what has been put, for so long at most.
    void close(Duration atMost) throws InterruptedException {
        closing = true;
        if (thread.isAlive() && !thread.join(atMost)) {
            thread.interrupt();
            thread.join();
        }
    }
}
