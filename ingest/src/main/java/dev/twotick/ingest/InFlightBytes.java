package dev.twotick.ingest;

import java.util.concurrent.atomic.AtomicLong;

/// How many bytes of bodies this process holds at a time, over all requests. A part is kept for small ones: most of
/// Meta's posts are, and a hundred long bodies at once, signed or not, must not shut them out.
final class InFlightBytes {
    private static final int SMALL = 32 * 1024;

    private final long limit;
    private final AtomicLong held = new AtomicLong();

    InFlightBytes(long limit) {
        this.limit = limit;
    }

    /// What bodies that are not small may take of `limit`.
    static long forLong(long limit) {
        return limit - limit / 8;
    }

    long held() {
        return held.get();
    }

    /// @param announced how long the body will be, or -1: what is not known to be small counts as long from its first
    ///                  byte, or who announces much and sends little would fill the room of small ones
    Charge open(long announced) {
        return new Charge(announced < 0 || announced > SMALL);
    }

    /// One request's part, given back when it has been answered.
    final class Charge implements AutoCloseable {
        private final boolean isLong;
        private long bytes;

        private Charge(boolean isLong) {
            this.isLong = isLong;
        }

        /// @return false when there is no room, and nothing was charged
        boolean tryAdd(long more) {
            if (held.addAndGet(more) > (isLong ? forLong(limit) : limit)) {
                held.addAndGet(-more);
                return false;
            }
            bytes += more;
            return true;
        }

        /// Any number of times.
        @Override
        public void close() {
            held.addAndGet(-bytes);
            bytes = 0;
        }
    }
}
