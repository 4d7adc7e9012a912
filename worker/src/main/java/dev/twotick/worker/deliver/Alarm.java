package dev.twotick.worker.deliver;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Wakes the thread that claims: at once, or when the soonest retry that this process wrote is due.
final class Alarm {
    private final Semaphore ring = new Semaphore(0);
    private final AtomicLong dueAt = new AtomicLong(Long.MAX_VALUE);

    void ring() {
        ring.release();
    }

    void ringIn(Duration delay) {
        setFor(delay);
        ring();
    }

    /// For the thread that is about to wait: it does not ring before.
    void setFor(Duration delay) {
        dueAt.accumulateAndGet(System.nanoTime() + delay.toNanos(), Math::min);
    }

    /// Returns when it rings, or after `longest`.
    void await(Duration longest) throws InterruptedException {
        long untilDue = dueAt.get() - System.nanoTime();
        boolean rang = ring.tryAcquire(Math.min(longest.toNanos(), untilDue), TimeUnit.NANOSECONDS);
        ring.drainPermits();
        if (!rang && untilDue <= longest.toNanos()) {
            dueAt.set(Long.MAX_VALUE);
        }
    }
}
