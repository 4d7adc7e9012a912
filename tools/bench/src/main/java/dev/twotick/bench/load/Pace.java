package dev.twotick.bench.load;

import java.nio.channels.Selector;
import java.util.concurrent.locks.LockSupport;

/// When posts are due: all at once, or one after the other at a rate. A thread of its own wakes the client at each,
/// since a selector waits in whole milliseconds.
final class Pace implements AutoCloseable {
    private final double nanosEach;
    private final long start;
    private final Thread waker;
    private volatile boolean ended;

    /// @param rate a second; 0: all are due at the start
    Pace(double rate, long start, Selector selector) {
        this.nanosEach = rate == 0 ? 0 : 1e9 / rate;
        this.start = start;
        this.waker = Thread.ofPlatform().name("pace").daemon().unstarted(() -> run(selector));
    }

    void start() {
        if (nanosEach > 0) {
            waker.start();
        }
    }

    /// In [System#nanoTime].
    long due(int post) {
        return start + (long) (post * nanosEach);
    }

    private void run(Selector selector) {
        for (int post = 0; !ended; post++) {
            long wait = due(post) - System.nanoTime();
            while (wait > 0 && !ended) {
                LockSupport.parkNanos(wait);
                wait = due(post) - System.nanoTime();
            }
            selector.wakeup();
        }
    }

    @Override
    public void close() {
        ended = true;
        LockSupport.unpark(waker);
    }
}
