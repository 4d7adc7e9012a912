package dev.twotick.ingest;

import dev.twotick.model.payload.SignedPayload;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Payloads that wait for the log, and those that are being written. It decides when a batch is worth its commit: at
/// once while none is being written; beside one that is, when as many wait as that holds, or it takes long. So one post
/// alone does not wait, and under load batches grow by themselves.
final class Gathering implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gathering.class);
    private static final int BATCH_ENTRIES = 1_024;
    /// Beside a batch that takes so long, on a connection that hangs perhaps, nothing waits for others to come.
    private static final Duration PATIENCE = Duration.ofMillis(50);

    private final int limit;
    private final long batchBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition worthIt = lock.newCondition();
    private final Queue<Waiting> queue = new ArrayDeque<>();
    private final Set<List<Waiting>> beingWritten = Collections.newSetFromMap(new IdentityHashMap<>());
    private int beingWrittenCount;
    private boolean closed;

    /// @param limit of payloads that wait
    /// @param batchBytes of bodies, which a batch may exceed by its last one
    Gathering(int limit, long batchBytes) {
        this.limit = limit;
        this.batchBytes = batchBytes;
    }

    /// A payload, and who is to be told what became of it.
    static final class Waiting {
        private final SignedPayload payload;
        private final Consumer<Receipt> whenKnown;
        private final long since = System.nanoTime();
        private final AtomicBoolean answered = new AtomicBoolean();

        Waiting(SignedPayload payload, Consumer<Receipt> whenKnown) {
            this.payload = payload;
            this.whenKnown = whenKnown;
        }

        SignedPayload payload() {
            return payload;
        }

        /// Until it has waited for so long; not positive when it has.
        private long nanosUntil(Duration time) {
            return since + time.toNanos() - System.nanoTime();
        }

        /// Any number of times; the first counts. Never throws: others wait for their answers behind this one.
        void answer(Receipt receipt) {
            if (answered.compareAndSet(false, true)) {
                try {
                    whenKnown.accept(receipt);
                } catch (RuntimeException e) {
                    log.error("answer=failed", e);
                }
            }
        }
    }

    /// @return false when there is no room
    boolean add(Waiting waiting) {
        lock.lock();
        try {
            if (queue.size() >= limit) {
                return false;
            }
            queue.add(waiting);
            if (queue.size() == Math.max(1, beingWrittenCount)) {
                worthIt.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until a batch is worth it. Hand it to [#written] when it is.
    ///
    /// @return empty when this is closed and nothing is left
    List<Waiting> takeBatch() throws InterruptedException {
        lock.lock();
        try {
            while (!closed && !isWorthIt()) {
                if (queue.isEmpty()) {
                    worthIt.await();
                } else {
                    var _ = worthIt.awaitNanos(queue.element().nanosUntil(PATIENCE));
                }
            }
            List<Waiting> batch = new ArrayList<>(Math.min(queue.size(), BATCH_ENTRIES));
            long bytes = 0;
            while (!queue.isEmpty() && batch.size() < BATCH_ENTRIES && bytes < batchBytes) {
                Waiting next = queue.remove();
                batch.add(next);
                bytes += next.payload.body().length;
            }
            beingWritten.add(batch);
            beingWrittenCount += batch.size();
            signalIfWorthIt(); // what was too much for this one
            return batch;
        } finally {
            lock.unlock();
        }
    }

    private boolean isWorthIt() {
        return !queue.isEmpty() && (queue.size() >= beingWrittenCount || hasWaited(queue.element(), PATIENCE));
    }

    private static boolean hasWaited(Waiting waiting, Duration time) {
        return waiting.nanosUntil(time) <= 0;
    }

    private void signalIfWorthIt() {
        if (isWorthIt()) {
            worthIt.signal();
        }
    }

    /// Or has failed.
    void written(List<Waiting> batch) {
        lock.lock();
        try {
            beingWritten.remove(batch);
            beingWrittenCount -= batch.size();
            signalIfWorthIt();
        } finally {
            lock.unlock();
        }
    }

    /// Those that have waited for so long; ask now and then. They leave the queue, so that a committer does not begin
    /// with them, and their bodies are paid for no longer.
    List<Waiting> olderThan(Duration age) {
        List<Waiting> late = new ArrayList<>();
        lock.lock();
        try {
            while (!queue.isEmpty() && hasWaited(queue.element(), age)) {
                late.add(queue.remove());
            }
            for (List<Waiting> batch : beingWritten) {
                batch.stream().filter(each -> hasWaited(each, age)).forEach(late::add);
            }
            signalIfWorthIt();
        } finally {
            lock.unlock();
        }
        return late;
    }

    int size() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            worthIt.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
