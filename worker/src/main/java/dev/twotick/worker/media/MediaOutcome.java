package dev.twotick.worker.media;

import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/// What a try to fetch a file came to.
sealed interface MediaOutcome {

    record Fetched(long size, byte[] sha256) implements MediaOutcome {}

    record Again(String reason, Duration in) implements MediaOutcome {}

    /// Meta has it no more.
    record Gone(String reason) implements MediaOutcome {}

    record Failed(String reason) implements MediaOutcome {}

    /// Not for what it is: nothing is fetched for a while, and this was no try.
    record Postponed(String reason, Duration pause) implements MediaOutcome {}

    /// When it is tried again: after the first try, after the second …
    List<Duration> DELAYS = List.of(
            Duration.ofSeconds(10),
            Duration.ofMinutes(1),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(3),
            Duration.ofHours(12));

    /// So much of a delay is left to chance, up and down.
    double JITTER = 0.2;

    /// Nobody answers, or with a fault: again for as long as Meta keeps the file.
    ///
    /// @param tries before this one
    /// @param left  until Meta drops it
    static MediaOutcome passing(String reason, int tries, Duration left, RandomGenerator random) {
        Duration delay = delay(tries, random);
        return delay.compareTo(left) > 0 ? new Failed(reason) : new Again(reason, delay);
    }

    /// Meta sent something else than it told of: again a few times, and no longer than it keeps the file.
    static MediaOutcome misfit(String reason, int tries, Duration left, RandomGenerator random) {
        return tries >= DELAYS.size() ? new Failed(reason) : passing(reason, tries, left, random);
    }

    /// Meta says that there is no such file. It says so too of one that the token may not see: so again a few times,
    /// unless it had to go by now.
    static MediaOutcome missing(String reason, int tries, Duration left, RandomGenerator random) {
        return left.isPositive() && tries < DELAYS.size() ? new Again(reason, delay(tries, random)) : new Gone(reason);
    }

    private static Duration delay(int tries, RandomGenerator random) {
        double factor = 1 + JITTER * (2 * random.nextDouble() - 1);
        long millis = DELAYS.get(Math.min(tries, DELAYS.size() - 1)).toMillis();
        return Duration.ofMillis(Math.round(millis * factor));
    }
}
