package dev.twotick.ingest;

import java.util.concurrent.atomic.AtomicLong;

/// How many bytes of bodies this process holds at a time, over all requests. A part is kept for small ones: most of
/// Meta's posts are, and a hundred long bodies at once, signed or not, must not shut them out. Of the rest a part is
/// kept for who has sent signed posts before: whose signature is right shows when the body is there.
final class InFlightBytes {
    private static final int SMALL = 32 * 1024;

    private final long limit;
    private final long forStrangers;
    private final AtomicLong held = new AtomicLong();

    /// @param longest one body of this length gets in, whoever sends it, while nothing else is there
    InFlightBytes(long limit, long longest) {
        this.limit = limit;
        this.forStrangers = Math.max(limit / 2, longest);
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
    /// @param known     whether its sender is one of [KnownSenders]
    Charge open(long announced, boolean known) {
        boolean small = announced >= 0 && announced <= SMALL;
        return new Charge(small ? limit : known ? forLong(limit) : forStrangers);
    }

    /// One request's part, given back when it has been answered.
    final class Charge implements AutoCloseable {
        private final long bound;
        private long bytes;

        private Charge(long bound) {
            this.bound = bound;
        }

        /// @return false when there is no room, and nothing was charged
        boolean tryAdd(long more) {
            if (held.addAndGet(more) > bound) {
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
