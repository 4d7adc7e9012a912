package dev.twotick.worker.deliver;

import dev.twotick.model.process.Backoff;
import dev.twotick.model.process.Loop;
import dev.twotick.worker.outbox.DeliveryLedger;
import dev.twotick.worker.outbox.DeliveryLedger.Recorded;
import dev.twotick.worker.outbox.DeliveryLedger.Refused;
import dev.twotick.worker.outbox.FinishedCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes outcomes, on one thread, as many at a time as have gathered. While PostgreSQL is away it keeps them: if
/// it stays away longer than a lease, their calls will be made again. Of what was answered it keeps a bounded amount.
final class Recorder {
    private static final Logger log = LoggerFactory.getLogger(Recorder.class);
    private static final int BATCH = 500;
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    /// Who hears of it when outcomes are written.
    interface Listener {
        /// @param soonestRetry when the first of these calls will be due again
        void written(List<FinishedCall> batch, Recorded recorded, Optional<Duration> soonestRetry);
    }

    private final DeliveryLedger ledger;
    private final Listener listener;
    private final LinkedBlockingQueue<List<FinishedCall>> queue = new LinkedBlockingQueue<>();
    private final Thread thread = Loop.thread("hook-record", this::recordNext);
    private final long mostAnswers;
    private final AtomicLong answers = new AtomicLong();
    private volatile boolean closing;

    /// @param mostAnswers so many characters of answers may wait; outcomes beyond that wait without theirs
    Recorder(DeliveryLedger ledger, Listener listener, long mostAnswers) {
        this.ledger = ledger;
        this.listener = listener;
        this.mostAnswers = mostAnswers;
    }

    void start() {
        thread.start();
    }

    /// @param finished of one call: written together
    void put(List<FinishedCall> finished) {
        int answer = finished.stream().mapToInt(FinishedCall::answerLength).sum();
        if (answer > 0 && answers.addAndGet(answer) > mostAnswers) {
            answers.addAndGet(-answer);
            queue.add(finished.stream().map(FinishedCall::withoutAnswer).toList());
        } else {
            queue.add(finished);
        }
    }

    private boolean recordNext() throws InterruptedException {
        List<FinishedCall> batch = new ArrayList<>();
        try {
            List<FinishedCall> next = queue.poll(closing ? 0 : 100, TimeUnit.MILLISECONDS);
            if (next == null) {
                return !closing;
            }
            for (; next != null; next = batch.size() < BATCH ? queue.poll() : null) {
                batch.addAll(next);
            }
            write(List.copyOf(batch));
            answers.addAndGet(
                    -batch.stream().mapToLong(FinishedCall::answerLength).sum());
            return true;
        } catch (InterruptedException e) {
            log.warn("hook outcomes unwritten count={}; their calls will be made again", batch.size() + waiting());
            throw e;
        }
    }

    private int waiting() {
        return queue.stream().mapToInt(List::size).sum();
    }

    private void write(List<FinishedCall> batch) throws InterruptedException {
        Backoff backoff = new Backoff(SHORTEST_WAIT, LONGEST_WAIT);
        while (true) {
            try {
                Recorded recorded = ledger.record(batch);
                tell(batch, recorded);
                return;
            } catch (Refused e) {
                writeApart(batch, e);
                return;
            } catch (RuntimeException e) {
                log.warn("hook outcomes not written yet count={} reason=\"{}\"", batch.size(), reason(e));
                backoff.pause();
            }
        }
    }

    /// Halves the batch until the outcome that is refused stands alone: that one is written in our own words.
    private void writeApart(List<FinishedCall> batch, Refused reason) throws InterruptedException {
        if (batch.size() > 1) {
            int middle = batch.size() / 2;
            write(batch.subList(0, middle));
            write(batch.subList(middle, batch.size()));
            return;
        }
        FinishedCall call = batch.getFirst();
        FinishedCall bare = call.inOurWords("its error cannot be written: " + reason.getMessage());
        log.warn("hook outcome refused event={} reason=\"{}\"", call.call().eventId(), reason.getMessage());
        if (bare.equals(call)) { // not for its words: its lease ends, and the call is made again
            tell(batch, Recorded.NOTHING);
        } else {
            write(List.of(bare));
        }
    }

    /// What the listener makes of it is no reason to write the outcomes once more.
    private void tell(List<FinishedCall> batch, Recorded recorded) {
        try {
            listener.written(batch, recorded, soonestRetry(batch));
        } catch (RuntimeException e) {
            log.error("hook outcomes written count={}, and not passed on", batch.size(), e);
        }
    }

    private static Optional<Duration> soonestRetry(List<FinishedCall> batch) {
        return batch.stream()
                .map(finished -> finished.outcome().retryIn())
                .filter(Objects::nonNull)
                .min(Duration::compareTo);
    }

    static String reason(Throwable e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        return cause.getClass().getSimpleName();
    }

    /// Writes what has been put, for so long at most, and as long again when it is cut.
    void close(Duration atMost) throws InterruptedException {
        closing = true;
        if (thread.isAlive() && !thread.join(atMost)) {
            thread.interrupt();
            thread.join(atMost); // not for ever: a statement may not hear the interrupt
        }
    }
}
