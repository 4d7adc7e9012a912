package dev.twotick.worker.consume;

import java.time.Duration;

/// How many entries a consumer asks for at a time. Few at first: in a process that has just started they take long, and
/// nobody hears of the first before the last is applied. Twice as many after each batch that was full and fast, half as
/// many after a slow one. How many there are to be had decides the rest: an idle stream gives one.
final class BatchSize {
    private static final int FIRST = 16;
    private static final Duration FAST = Duration.ofMillis(200);
    private static final Duration SLOW = Duration.ofMillis(800);

    private final int most;
    private int size;

    BatchSize(int most) {
        this.most = most;
        this.size = Math.min(FIRST, most);
    }

    int next() {
        return size;
    }

    /// @param time that a batch of so many took
    void took(int payloads, Duration time) {
        if (time.compareTo(SLOW) > 0) {
            size = Math.max(Math.min(FIRST, most), size / 2);
        } else if (payloads >= size && time.compareTo(FAST) < 0) {
            size = Math.min(most, size * 2);
        }
    }
}
