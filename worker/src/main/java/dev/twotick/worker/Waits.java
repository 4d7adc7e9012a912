package dev.twotick.worker;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Who waits for the database at this moment, since when and why: for `/health` and the metrics.
final class Waits {
    private final Map<Thread, Wait> waiting = new ConcurrentHashMap<>();

    /// @param since [System#nanoTime] of the first attempt
    record Wait(long since, String reason) {
        Duration time() {
            return Duration.ofNanos(System.nanoTime() - since);
        }
    }

    /// This thread waits, or goes on waiting.
    void waits(long since, String reason) {
        waiting.put(Thread.currentThread(), new Wait(since, reason));
    }

    /// It does no more, however its work ended.
    void over() {
        waiting.remove(Thread.currentThread());
    }

    Optional<Wait> longest() {
        return waiting.values().stream().min(Comparator.comparingLong(Wait::since));
    }

    double seconds() {
        return longest().map(wait -> wait.time().toMillis() / 1e3).orElse(0.0);
    }
}
