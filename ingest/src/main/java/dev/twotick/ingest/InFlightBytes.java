package dev.twotick.ingest;

import java.util.concurrent.atomic.AtomicLong;

/// How many bytes of bodies this process holds at a time, over all requests.
final class InFlightBytes {
    private final long limit;
    private final AtomicLong held = new AtomicLong();

    InFlightBytes(long limit) {
        this.limit = limit;
    }

    long held() {
        return held.get();
    }

    Charge open() {
        return new Charge();
    }

    /// One request's part, given back when it has been answered.
    final class Charge implements AutoCloseable {
        private long bytes;

        /// @return false when there is no room, and nothing was charged
        boolean tryAdd(long more) {
            if (held.addAndGet(more) > limit) {
                held.addAndGet(-more);
                return false;
            }
            bytes += more;
            return true;
        }

        @Override
        public void close() {
            held.addAndGet(-bytes);
        }
    }
}
