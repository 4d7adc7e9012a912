package dev.twotick.worker.replay;

import java.util.function.LongSupplier;

/// How many payloads may go now, at so many a second.
final class Pace {
    private static final double NANOS = 1e9;

    private final int perSecond;
    private final LongSupplier nanoTime;
    private final long started;
    private long gone;

    /// @param perSecond zero: no limit
    Pace(int perSecond, LongSupplier nanoTime) {
        this.perSecond = perSecond;
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
    }

    static Pace unlimited() {
        return new Pace(0, () -> 0);
    }

    /// At least one a second is never held back; at most `most`.
    int allowed(int most) {
        if (perSecond == 0) {
            return most;
        }
        double due = 1 + (nanoTime.getAsLong() - started) / NANOS * perSecond - gone;
        return Math.clamp((long) due, 0, most);
    }

    void went(int payloads) {
        gone += payloads;
    }
}
